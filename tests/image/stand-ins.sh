#!/bin/sh
# Makes the images that docker/ names out of Debian's own packages, for machines that reach no image registry.
#   stand-ins.sh rootfs FOLDER   a Debian 12 like its slim image, from this machine's apt sources: FOLDER/base.tar, made once and kept
#   stand-ins.sh base FOLDER     the same as the image debian:bookworm-slim
#   stand-ins.sh servers         postgres, redis and haproxy on top of it, under the names of docker/compose.yaml
# $DOCKER is the client with its options.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sources=/etc/apt/sources.list.d/debian.sources
[ -f "$sources" ] || sources=/etc/apt/sources.list

rootfs() {
  mkdir -p "$1"
  if [ ! -s "$1/base.tar" ]; then
    # What the slim images leave out: documentation, manual pages, translations; and apt's lists, which each stage fetches itself.
    mmdebstrap --quiet --format=tar --variant=minbase --include=ca-certificates,usr-is-merged --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
      --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' --dpkgopt='path-exclude=/usr/share/man/*' \
      --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
      --customize-hook='mkdir -p "$1/usr/local/share/ca-certificates" && cp -r /usr/local/share/ca-certificates/. "$1/usr/local/share/ca-certificates/" && chroot "$1" update-ca-certificates >/dev/null' \
      --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*' \
      bookworm "$1/base.tar.part" "$sources"
    mv "$1/base.tar.part" "$1/base.tar"
  fi
}

base() {
  rootfs "$1"
  # An import gets a new id each time, which would make every layer above it anew.
  $DOCKER image inspect debian:bookworm-slim >/dev/null 2>&1 && return
  # Authorities of this machine's own are for the build alone: node does not read the system's trust by itself.
  $DOCKER import --change 'CMD ["bash"]' --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' "$1/base.tar" debian:bookworm-slim >/dev/null
}

servers() {
  for name in postgres:15 redis:7 haproxy:2.6; do
    $DOCKER build --quiet --network host -t "$name" "$here/stand-ins/${name%:*}" >/dev/null
  done
}

"$@"

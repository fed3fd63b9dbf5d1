#!/bin/sh
# Builds the app into a folder and embeds it: build.sh DIST OUT.cpp. Several build folders may do so at once: they share node_modules, and
# only one installs at a time.
set -eu
cd "$(dirname "$0")"
dist=$1 out=$2
(
  flock 9
  if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    # Not `npm ci`: rollup names a package for every platform, the lock file has those of Linux only, and npm 11 calls that out of step. What is
    # installed is still what the lock file says, checked by its hashes, and the file stays as it is.
    npm install --no-save --no-audit --no-fund --loglevel=error
    touch node_modules/.package-lock.json
  fi
) 9>.install.lock
npm run --silent check
npm exec --offline -- vite build --logLevel=warn --outDir "$dist" --emptyOutDir
node embed.mjs "$dist" "$out"

#!/usr/bin/env bash
# Install what is missing and build one of the programs in examples/, quietly:
#   scripts/build_program.sh TARGET FOLDER [-DOPTION=...]     FOLDER/examples/TARGET; the log is FOLDER.log
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1 build=$2
shift 2
mkdir -p "$(dirname "$build")"

./scripts/setup.sh demo
echo "$target: building (a minute or two the first time)"
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCDL_BUILD_TESTS=OFF "$@" >"$build.log" 2>&1 &&
    cmake --build "$build" --target "$target" -j "${CDL_JOBS:-$(nproc)}" >>"$build.log" 2>&1 ||
    { cat "$build.log" >&2; exit 1; }

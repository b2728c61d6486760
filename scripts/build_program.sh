#!/usr/bin/env bash
# Install what is missing and build one of the programs in examples/, quietly:
#   scripts/build_program.sh TARGET FOLDER [-DOPTION=...]     FOLDER/examples/TARGET; the log is FOLDER.log
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1 build=$2
shift 2
mkdir -p "$(dirname "$build")"

./scripts/setup.sh demo
without_torch=ON # slow to find, and a broken one would be in the way of those that do not need it
[[ $target != experiments ]] || without_torch=OFF
echo "$target: building (a minute or two the first time)"
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCDL_BUILD_EXAMPLES=ON \
    -DCMAKE_DISABLE_FIND_PACKAGE_Torch=$without_torch "$@" >"$build.log" 2>&1 &&
    cmake --build "$build" --target "$target" -j "${CDL_JOBS:-$(nproc)}" >>"$build.log" 2>&1 ||
    { cat "$build.log" >&2; exit 1; }

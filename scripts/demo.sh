#!/usr/bin/env bash
# The main job: show that the equations hold. Installs what is missing, builds, runs, writes a report.
# Arguments go to the program: ./scripts/demo.sh --help
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."
build=$PWD/build/demo
mkdir -p build

./scripts/setup.sh demo
echo "demo.sh: building (a minute or two the first time)"
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCDL_BUILD_TESTS=OFF >"$build.log" 2>&1 &&
    cmake --build "$build" --target verify_derivations -j "${CDL_JOBS:-$(nproc)}" >>"$build.log" 2>&1 ||
    { cat "$build.log" >&2; exit 1; }

# In the caller's folder, so that the files named in the arguments are found.
cd "$here"
status=0
"$build/examples/verify_derivations" --report "$build/report" "$@" || status=$?
echo "demo.sh: report: $build/report"
exit $status

#!/usr/bin/env bash
# The main job: show that the equations hold. Installs what is missing, builds, runs, writes a report.
# Arguments go to the program: ./scripts/demo.sh --help
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."
build=$PWD/build/demo

./scripts/build_program.sh verify_derivations "$build"

# In the caller's folder, so that the files named in the arguments are found.
cd "$here"
status=0
"$build/examples/verify_derivations" --report "$build/report" "$@" || status=$?
echo "demo.sh: report: $build/report"
exit $status

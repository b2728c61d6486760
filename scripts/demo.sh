#!/usr/bin/env bash
# The main job: show that the equations hold. Installs what is missing, builds, runs, writes a report into build/demo/report.
#   ./scripts/demo.sh --no-report             no report
#   ./scripts/demo.sh --report DIR            into a folder of yours; other arguments go to the program, too: --help
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."
build=$PWD/build/demo

./scripts/build_program.sh verify_derivations "$build"

report=(--report "$build/report")
for argument; do
    [[ $argument != --report && $argument != --report=* && $argument != --no-report ]] || report=()
done

# In the caller's folder, so that the files named in the arguments are found. The program says where the report is.
cd "$here"
exec "$build/examples/verify_derivations" "${report[@]}" "$@"

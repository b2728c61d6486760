#!/usr/bin/env bash
# Install what is missing, build the tests, pass them. CDL_JOBS: how many jobs at a time (all cores by default).
set -euo pipefail
cd "$(dirname "$0")/.."

./scripts/setup.sh test
jobs=${CDL_JOBS:-$(nproc)}
cmake --preset dev
cmake --build --preset dev -j "$jobs"
ctest --preset dev -j "$jobs"

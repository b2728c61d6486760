#!/usr/bin/env bash
# Feed the readers of the programs' files with random bytes, made of small examples, under the sanitizers of clang 19:
#   scripts/fuzz.sh             a million inputs each, minutes
#   scripts/fuzz.sh 20000       as many as said
# An input that fails is left in build/fuzz.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-1000000} build=$PWD/build/fuzz

cmake -S . -B "$build" -G Ninja -DCMAKE_CXX_COMPILER=clang++-19 -DCMAKE_BUILD_TYPE=None -DCDL_BUILD_TESTS=ON >"$build.log"
cmake --build "$build" --target fuzz_points fuzz_mixtures -j "${CDL_JOBS:-$(nproc)}" >>"$build.log" || { cat "$build.log" >&2; exit 1; }
for reader in points mixtures; do
    mkdir -p "$build/corpus/$reader"
    "$build/tests/fuzz_$reader" -runs="$runs" -seed=1 -max_len=512 -timeout=10 -rss_limit_mb=2048 -verbosity=0 \
        -artifact_prefix="$build/" -dict="tests/fuzz/$reader.dict" "$build/corpus/$reader" "tests/fuzz/$reader" \
        >"$build/$reader.log" 2>&1 || { tail -n 40 "$build/$reader.log" >&2; exit 1; }
    echo "fuzz.sh: $reader: $runs inputs, each read or refused in one line"
done

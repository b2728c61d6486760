#!/bin/sh
# SPDX-License-Identifier: MIT
# Same seed, same bits, whatever the compiler: builds print_values with each compiler named, without and with
# optimisation, and compares what they print.
#
#   tests/determinism/print_values/compare_compilers.sh g++ clang++-19
#
# Flags for all (for example include paths) go into CXXFLAGS.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
eigen=${EIGEN_INCLUDE:-/usr/include/eigen3}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
[ $# -ge 1 ] || set -- g++ clang++
first=
for compiler in "$@"; do
    for level in -O1 -O3; do
        # shellcheck disable=SC2086
        "$compiler" -std=c++20 "$level" -ffp-contract=off ${CXXFLAGS:-} -I"$root/include" -I"$root/tests" \
            -isystem "$eigen" "$here/print_values.cpp" -o "$out/print_values"
        "$out/print_values" > "$out/values"
        if [ -z "$first" ]; then
            first="$compiler $level"
            mv "$out/values" "$out/expected"
            echo "$first: $(wc -l < "$out/expected") values"
        elif cmp -s "$out/values" "$out/expected"; then
            echo "$compiler $level: the same bits"
        else
            echo "$compiler $level differs from $first:" >&2
            diff "$out/expected" "$out/values" | head -n 6 >&2
            exit 1
        fi
    done
done

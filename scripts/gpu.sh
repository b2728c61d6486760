#!/usr/bin/env bash
# On a machine with a CUDA device: build and run the tests for it, once more under compute-sanitizer, then the benchmarks.
# What is printed is also kept in the folder OUT (default build/gpu).
#   scripts/gpu.sh [OUT]
# It installs nothing: nvcc, CMake, a C++20 compiler, Eigen and doctest must be there (CMAKE_PREFIX_PATH is respected).
set -euo pipefail
cd "$(dirname "$0")/.."

out=${1:-build/gpu}
mkdir -p "$out"
PATH=$PATH:/usr/local/cuda/bin
nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm --format=csv | tee "$out/device.csv"

cmake --preset cuda -DCMAKE_CUDA_ARCHITECTURES=native
cmake --build --preset cuda -j "${CDL_JOBS:-$(nproc)}"
tests=build/cuda/tests/cuda/test_cuda
"$tests" | tee "$out/tests.txt"
# Under the sanitizer, which is slow, one case for each kind of kernel.
cases="Every index*,Sums*,Numbers*,*arrangement*,*at a point*,*nearest*,*in few dimensions*,Moments*,DDIM matches*,Picard*,Corrections*"
compute-sanitizer --tool memcheck --leak-check full --error-exitcode 1 "$tests" --test-case="$cases" | tee "$out/memcheck.txt"
compute-sanitizer --tool racecheck --error-exitcode 1 "$tests" --test-case="$cases" | tee "$out/racecheck.txt"
build/cuda/benchmarks/cuda/bench_device | tee "$out/device.json"

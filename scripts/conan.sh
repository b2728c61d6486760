#!/usr/bin/env bash
# Make the Conan package, test it, and use it from a separate CMake project. The system's packages stand for Conan
# Center (packaging/conan-index); nothing outside build/conan is touched.
set -euo pipefail
cd "$(dirname "$0")/.."

build=$PWD/build/conan
export CONAN_HOME=$build/home
if [[ ! -x $build/venv/bin/conan ]]; then
    python3 -m venv "$build/venv"
    "$build/venv/bin/pip" install -q --disable-pip-version-check conan==2.34.0
fi
PATH=$build/venv/bin:$PATH

rm -rf "$CONAN_HOME" "$build/test"
mkdir -p "$CONAN_HOME"
echo '{"remotes": []}' >"$CONAN_HOME/remotes.json" # else every miss asks the network
printf "%s=%s\n" tools.cmake.cmake_layout:test_folder "$build/test" tools.cmake.cmaketoolchain:user_presets "" \
    >"$CONAN_HOME/global.conf" # write nothing into the source tree
conan profile detect
conan remote add system packaging/conan-index --type=local-recipes-index

conan create . --build=missing
toolkit=$([[ -d /usr/local/cuda ]] && echo True || echo False) # Thrust and CUDA come from it, where it is
torch=$(compgen -G "/usr/lib/*/cmake/Torch" >/dev/null && echo True || echo False)
conan create . --build=missing -o "cdl/*:with_xtensor=True" -o "cdl/*:with_thrust=$toolkit" -o "cdl/*:with_cuda=$toolkit" \
    -o "cdl/*:with_torch=$torch"

# Somebody else's project, which knows only that there is a package cdl.
version=$(conan inspect . --format=json | python3 -c 'import json, sys; print(json.load(sys.stdin)["version"])')
user=$build/user
rm -rf "$user"
cp -r tests/consumer "$user"
cd "$user"
conan install --requires="cdl/$version" -g CMakeDeps -g CMakeToolchain
cmake -S find_package -B build -DCMAKE_TOOLCHAIN_FILE="$user/conan_toolchain.cmake" \
    -DCMAKE_BUILD_TYPE=Release -DCOMPONENTS="simd;openmp"
cmake --build build
build/consumer

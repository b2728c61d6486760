#!/usr/bin/env bash
# Install what is missing on a Debian or Ubuntu machine.
#   scripts/setup.sh demo   the library and the main example (default)
#   scripts/setup.sh torch  and LibTorch, for networks
#   scripts/setup.sh test   and all tests
#   scripts/setup.sh ci     and what the gates of continuous integration need
# Where everything has been installed by other means: CDL_SKIP_SETUP=1.
set -euo pipefail

# One line a need; alternatives, newest first where it matters, are separated by |.
demo="build-essential cmake ninja-build pkg-config|pkgconf libeigen3-dev libxsimd-dev libcli11-dev
      nlohmann-json3-dev|nlohmann-json-dev gnuplot-nox|gnuplot"
torch="libtorch-dev libopenblas0-pthread|libopenblas0" # OpenBLAS: LibTorch alone would take the reference BLAS
test="git ccache python3 libxtensor-dev doctest-dev librapidcheck-dev libboost-dev libbenchmark-dev"
ci="clang-19|clang-18|clang libomp-19-dev|libomp-18-dev|libomp-dev libclang-rt-19-dev|libclang-rt-18-dev|libclang-rt-dev
    clang-format-19|clang-format-18|clang-format doxygen graphviz python3-venv debootstrap"

case ${1:-demo} in
    demo) needs=$demo ;;
    torch) needs="$demo $torch" ;;
    test) needs="$demo $torch $test" ;;
    ci) needs="$demo $torch $test $ci" ;;
    *) echo "usage: setup.sh [demo|torch|test|ci]" >&2; exit 2 ;;
esac
[[ -z ${CDL_SKIP_SETUP:-} ]] || exit 0

if ! command -v apt-get >/dev/null; then
    cat >&2 <<EOF
setup.sh: there is no apt-get here. Please install a C++20 compiler (g++ 12, clang 17 or newer), CMake 3.25, Ninja,
Eigen 3.4, and as you wish xsimd, xtensor, doctest, rapidcheck, Boost, CLI11, nlohmann_json, gnuplot and LibTorch. All but
the last two are packages of Conan, too; \`conan create .\` needs nothing else to make a package.
Then run again with CDL_SKIP_SETUP=1.
EOF
    exit 1
fi

installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }
available() { [[ -n $(apt-cache show --no-all-versions "$1" 2>/dev/null) ]]; }

# The needs that are missing: of the alternatives the first that is installed or can be had counts, so that an older one that
# happens to be there does not stand for a newer one.
missing=()
for need in $needs; do
    found=
    for name in ${need//|/ }; do
        installed "$name" && found=1 && break
        available "$name" && break
    done
    [[ -n $found ]] || missing+=("$need")
done
((${#missing[@]})) || exit 0

root=()
if ((EUID != 0)); then
    command -v sudo >/dev/null || { echo "setup.sh: as root, please: apt-get install ${missing[*]%%|*}" >&2; exit 1; }
    root=(sudo)
fi
apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=500)

"${apt[@]}" update -qq
names=()
for need in "${missing[@]}"; do
    found=
    for name in ${need//|/ }; do available "$name" && found=$name && break; done
    if [[ -n $found ]]; then
        names+=("$found")
    else
        echo "setup.sh: no package ${need//|/ or } here; what needs it will say so" >&2
    fi
done
echo "setup.sh: installing ${names[*]}"
"${apt[@]}" install -y -qq --no-install-recommends "${names[@]}" >/dev/null

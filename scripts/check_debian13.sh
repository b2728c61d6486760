#!/usr/bin/env bash
# Debian 13's g++ 14 must warn of nothing: in a unit of every public header, with the third parties that Debian 13 has, and in the
# examples, optimised, to which cdl is a system header. The system is made in a folder once, 0.6 GB, and kept for the next time:
# ~/.cache/cdl/debian13. Where it cannot be made, that is said and nothing is checked.
set -euo pipefail
cd "$(dirname "$0")/.."
root=${XDG_CACHE_HOME:-$HOME/.cache}/cdl/debian13
packages="g++ libeigen3-dev libxsimd-dev libxtensor-dev"
skip() { echo "check_debian13.sh: skipped: $1"; exit 0; }

make_system() {
    local mirror
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Label: Debian' 2>/dev/null | sed -n 1p) || true # or the usual one
    rm -rf "$root"
    timeout 600 debootstrap --variant=minbase trixie "$root" $mirror || return
    cp /etc/resolv.conf /etc/hosts "$root/etc"
    # Of LibTorch the headers alone: what it is linked to would be two gigabytes.
    timeout 600 chroot "$root" env DEBIAN_FRONTEND=noninteractive sh -ec "
        apt-get -qq update
        apt-get -qq install -y --no-install-recommends $packages
        cd /tmp
        apt-get -qq download libtorch-dev
        dpkg -x libtorch-dev_*.deb /
        rm libtorch-dev_*.deb
        apt-get clean" || return
    echo "$packages" >"$root/made"
}

((EUID == 0)) || skip "a system in a folder needs root"
command -v debootstrap >/dev/null || skip "there is no debootstrap here"
mkdir -p "$root"
exec {lock}>"$root.lock"
flock $lock
[[ $(cat "$root/made" 2>/dev/null) == "$packages" ]] || make_system >"$root.log" 2>&1 </dev/null ||
    skip "no Debian 13 could be made: $(tail -n 1 "$root.log")"

rm -rf "$root/cdl"
mkdir "$root/cdl"
cp -r include examples tests/headers/optimised "$root/cdl"
chroot "$root" env JOBS="${CDL_JOBS:-$(nproc)}" bash -euo pipefail <<'END'
cd /cdl
export options="-std=c++20 -fopenmp -Wall -Wextra -Werror"
export others="-isystem /usr/include/eigen3 -isystem /usr/include/torch/csrc/api/include"
find include -name '*.hpp' -printf '%P\n' | grep -vE '/detail/|/(cuda|thrust)[a-z_]*\.hpp$' >headers # Debian has no new enough Thrust
find examples -maxdepth 1 -name '*.cpp' ! -name '*torch*' >units
find optimised -name '*.cpp' >>units
xargs -P "$JOBS" -I{} sh -c 'echo "#include <{}>" | g++ $options -I include $others -fsyntax-only -x c++ -' <headers
xargs -P "$JOBS" -I{} sh -c 'g++ $options -O3 -isystem include $others -c {} -o /dev/null' <units
echo "check_debian13.sh: $(wc -l <headers) headers, $(wc -l <units) optimised units, no warning of $(g++ --version | head -n 1)"
END

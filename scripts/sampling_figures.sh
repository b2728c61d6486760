#!/usr/bin/env bash
# Draw the figures about sampling: where denoisers err and samplers ask, MMD against the bandwidth, parallel against
# sequential sampling. Installs what is missing, builds, draws all into build/sampling_figures or the folder given:
#   ./scripts/sampling_figures.sh                             all figures, a minute or two
#   ./scripts/sampling_figures.sh --out DIR                   into another folder
#   ./scripts/sampling_figures.sh --docs                      and those of the documentation into docs/images
#   ./scripts/sampling_figures.sh parallel --points FILE ...  one figure, here of a cloud of your own; --help says the rest
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."
build=$PWD/build/sampling_figures

./scripts/build_program.sh sampling_figures "$build" -DCMAKE_CXX_FLAGS=-march=native
draw=$build/examples/sampling_figures
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} # threads that wait leave the cores to others

# In the caller's folder, so that the files named in the arguments are found. The last --out counts.
cd "$here"
out=$build/figures
case ${1:-} in
    error-field | bandwidth | parallel | --help | -h | --version) exec "$draw" --out "$out" "$@" ;;
    --out)
        (($# == 2)) || { echo "sampling_figures.sh: --out: must be followed by a folder and nothing else" >&2; exit 2; }
        out=$2 ;;
    --out=*) (($# == 1)) || { echo "sampling_figures.sh: --out: must be followed by a folder and nothing else" >&2; exit 2; }
        out=${1#--out=} ;;
    "" | --docs) ;;
    *) exec "$draw" "$@" ;; # says what is wrong
esac
for figure in error-field bandwidth parallel; do
    "$draw" "$figure" --out "$out"
done
if [[ ${1:-} == --docs ]]; then
    cp "$out"/{error_field.png,error_along_paths.svg,mmd_bandwidth.svg,parallel.svg,parallel_moons.svg} \
        "$build/../../docs/images"
fi
echo "sampling_figures.sh: figures: $out"

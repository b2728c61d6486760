#!/usr/bin/env bash
# Draw the figures about training objectives: what they see of a denoiser's errors, how well they are estimated, what is trained
# with them. Installs what is missing, builds, draws into build/objective_figures/figures:
#   ./scripts/objective_figures.sh                    all figures, about two minutes
#   ./scripts/objective_figures.sh --docs             and into docs/images
#   ./scripts/objective_figures.sh fits --out DIR     some of them, into a folder of yours; --help says the rest
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."
build=$PWD/build/objective_figures

./scripts/build_program.sh objective_figures "$build" -DCMAKE_CXX_FLAGS=-march=native
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} # threads that wait leave the cores to others

# In the caller's folder, where a folder of theirs is. The last --out counts.
cd "$here"
out=$build/figures
docs=
[[ ${1:-} != --docs ]] || { docs=1 && shift; }
"$build/examples/objective_figures" --out "$out" "$@"
[[ -z $docs ]] || cp "$out"/*.{svg,png} "$build/../../docs/images"

#!/usr/bin/env bash
# Train the networks of the papers' toy experiments and show what they learned on one page. Installs what is missing, builds, trains.
# A run that was stopped goes on where it was.
#   ./scripts/experiments.sh                      all, small: minutes; into build/experiments/small
#   ./scripts/experiments.sh --full               all, nearer to the papers: an hour or two; into build/experiments/full
#   ./scripts/experiments.sh two-modes            one experiment or more
#   ./scripts/experiments.sh --out DIR            into another folder
#   ./scripts/experiments.sh --full --docs        and tables and figures into docs/experiments
# The points of CDL's dinosaur are fetched by scripts/get_dino.sh for `plane`, unless there is a --points FILE.
# Anything else, such as --seeds 8 or --points FILE, goes to the program: build/experiments/build/examples/experiments --help.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."
root=$PWD/build/experiments

size=small out= docs= names=() options=()
while (($#)); do
    case $1 in
        --help | -h) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
        --small | --full) size=${1#--} ;;
        --docs) docs=1 ;;
        --out) (($# > 1)) || { echo "experiments.sh: --out: must be followed by a folder" >&2; exit 2; }; out=$2; shift ;;
        --out=*) out=${1#--out=} ;;
        --*=*) options+=("$1") ;;
        --*) options+=("$1"); (($# < 2)) || { options+=("$2"); shift; } ;;
        *) names+=("$1") ;;
    esac
    shift
done
((${#names[@]})) || names=(all)

./scripts/setup.sh torch
./scripts/build_program.sh experiments "$root/build" -DCMAKE_CXX_FLAGS=-march=native

# The dinosaur; without it, the other sets.
if [[ " ${names[*]} " =~ \ (all|plane)\  && " ${options[*]-}" != *" --points"* ]]; then
    if dino=$(./scripts/get_dino.sh); then
        options+=(--points "$dino")
    else
        echo "experiments.sh: going on without the dinosaur" >&2
    fi
fi

# One thread for each job; as many jobs at a time as there are cores.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
cd "$here" # where files of the caller's are
out=${out:-$root/$size}
page=$("$root/build/examples/experiments" "${names[@]}" "--$size" --out "$out" ${options[@]+"${options[@]}"})
[[ -z $docs ]] || find "$out" -maxdepth 1 -regex '.*\.\(csv\|svg\|png\)' -exec cp -t "$root/../../docs/experiments" {} +
echo "experiments.sh: $page"

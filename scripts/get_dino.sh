#!/usr/bin/env bash
# Fetch the 142 points of the dinosaur that CDL's experiments are about, from the package data-morph-ai of PyPI, where they are a
# starter shape (licence: MIT). Installs nothing.
#   ./scripts/get_dino.sh            into build/dino.csv
#   ./scripts/get_dino.sh FILE
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."
case ${1:-} in
    --help | -h) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    "") file=$PWD/build/dino.csv ;;
    *) file=$(cd "$here" && realpath -m "$1") ;;
esac
package=data-morph-ai==0.4.1

complain() { echo "get_dino.sh: $1" >&2; exit 1; }
points() { [[ -f $1 ]] && tail -n +2 "$1" | grep -c ','; }
[[ $(points "$file") != 142 ]] || { echo "$file"; exit 0; } # it is there

command -v python3 >/dev/null || complain "needs python3 (Debian/Ubuntu: python3)"
mkdir -p "$(dirname "$file")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=python3
if ! python3 -m pip --version >/dev/null 2>&1; then
    python3 -m venv "$work/venv" >/dev/null 2>&1 || complain "needs pip (Debian/Ubuntu: python3-venv)"
    python=$work/venv/bin/python3
fi
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$work" "$package" \
    >"$work/log" 2>&1 || complain "PyPI cannot be reached, or has no $package: $(grep -v WARNING "$work/log" | tail -n 1)"
python3 - "$work" "$file" <<'END' || complain "$package has no dinosaur of 142 points"
import csv, io, pathlib, sys, zipfile
wheel = zipfile.ZipFile(next(pathlib.Path(sys.argv[1]).glob("*.whl")))
rows = list(csv.reader(io.StringIO(wheel.read("data_morph/data/starter_shapes/dino.csv").decode())))
points = [(float(x), float(y)) for x, y in rows[1:]]
assert rows[0] == ["x", "y"] and len(points) == 142
new = pathlib.Path(sys.argv[2] + ".new")
new.write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in points))
new.rename(sys.argv[2])
END
echo "$file"

#!/usr/bin/env python3
"""Figures are written with numbers that make sense; bad input gets one clear line on standard error and exit status 2.

usage: check_objective_figures.py PROGRAM

Where gnuplot is missing no figure is written, the program says so with exit status 1, and the rest is checked.
"""
import csv
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

DRAWN = 0 if shutil.which("gnuplot") else 1  # the exit status of a good run


def main(program):
    failures = []

    def expect(what, holds):
        if not holds:
            failures.append(what)

    def run(status, *arguments):
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=600)
        lines = done.stderr.strip().splitlines()
        expect(f"{arguments}: exit status {done.returncode} for {status}, standard error {lines}",
               done.returncode == status and (status == 0 or len(lines) == 1))

    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"

        def rows(name):
            with open(out / f"{name}.csv", newline="") as file:
                return list(csv.DictReader(file))

        run(DRAWN, "bound", "classifier", "--out", out)
        bound = rows("variational_bound")
        average = [float(row["mean"]) for row in bound]  # the last row is the limit
        expect("the diffusion loss falls with the number of steps, on average", average == sorted(average, reverse=True))
        at = [float(row["x=0.25"]) for row in bound]
        expect("at x = 0.25 two steps are worse than one", at[1] > at[0])
        posteriors = rows("noise_classifier_posteriors")
        for row in posteriors:
            total = sum(float(row[f"p{k}"]) for k in range(1, 12))
            expect(f"posteriors at {row['z']} sum to one", math.isclose(total, 1, rel_tol=1e-6))
        cells = rows("noise_classifier_confusion")
        expect("all cells of both matrices are there", len(cells) == 2 * 121)
        if DRAWN == 0:
            xml.etree.ElementTree.parse(out / "variational_bound.svg")
            expect("the classifier is drawn", (out / "noise_classifier.png").stat().st_size > 10000)

        run(2, "nonsense", "--out", out)
        run(2, "bound", "--out", "")
        run(2, "bound", "--seed", "-1", "--out", out)
        run(2, "--no-such-option")
        file = pathlib.Path(folder) / "file"
        file.write_text("")
        run(2, "bound", "--out", file / "below")
    for failure in failures:
        print(f"check_objective_figures: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

#!/usr/bin/env python3
"""Figures are written with numbers that make sense; bad input gets one clear line on standard error and exit status 2.

usage: check_sampling_figures.py PROGRAM

Where gnuplot is missing no figure is written, the program says so with exit status 1, and the rest is checked.
"""
import csv
import math
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

DRAWN = 0 if shutil.which("gnuplot") else 1  # the exit status of a good run
BAD_POINTS = {
    "empty": "",
    "header alone": "x,y\n",
    "one point": "1,2\n",
    "three points": "1,2\n3,4\n5,7\n",
    "one coordinate": "1\n2\n3\n4\n5\n6\n7\n8\n",
    "three coordinates": "1,2,3\n" * 8,
    "ragged": "1,2\n3\n",
    "text": "1,2\n3,four\n",
    "NaN": "1,2\nnan,4\n",
    "infinite": "1,2\ninf,4\n",
    "too large": "1e300,2\n-1e300,4\n" * 4,
    "all the same": "1,2\n" * 8,
    "constant y": "".join(f"{i},2\n" for i in range(8)),
}


def main(program):
    failures = []

    def expect(what, holds):
        if not holds:
            failures.append(what)

    def run(status, *arguments):
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=600,
                              env={"OMP_WAIT_POLICY": "passive", **os.environ})  # threads that wait for busy cores
        lines = done.stderr.strip().splitlines()
        what = " ".join(map(str, arguments))
        expect(f"{what}: exit status {done.returncode} for {status}, standard error {lines}",
               done.returncode == status and (status == 0 or len(lines) == 1))

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        out = folder / "out"

        def rows(name):
            with open(out / f"{name}.csv", newline="") as file:
                table = list(csv.DictReader(file))
            for row in table:
                for key, value in row.items():
                    if key in ("set", "method", "denoiser", "path"):
                        continue
                    row[key] = float(value)
                    expect(f"{name}: {key} = {value}", math.isfinite(row[key]))
            expect(f"{name}: no rows", table)
            return table

        def drawn(*names):
            for name in names:
                file = out / f"{name}.svg"
                if DRAWN == 0:
                    text = file.read_text() if file.exists() else "<none/>"
                    outside_of_rasters = re.sub("base64,[^\"']*", "", text)
                    expect(f"{name}.svg: {len(text)} characters", len(text) > 5000 and "NaN" not in outside_of_rasters)
                    xml.etree.ElementTree.fromstring(text.encode())

        # The error of a denoiser that knows few points is small where it was trained and larger on Picard's way there.
        run(DRAWN, "error-field", "--out", out, "--steps", 60, "--trajectories", 32, "--draws", 50)
        drawn("error_field", "error_along_paths")
        if DRAWN == 0:
            expect("error_field.png: not a PNG", (out / "error_field.png").read_bytes().startswith(b"\x89PNG"))
        expect("error_field: a negative error", all(row["squared_error"] >= 0 for row in rows("error_field")))
        expect("error_field: a mass outside [0, 1]",
               all(0 < row["mass_of_denser"] < 1.000001 for row in rows("error_field")))
        expect("error_field: too few paths", len({row["path"] for row in rows("error_field_paths")}) >= 10)
        means = {(row["denoiser"], row["path"]): row["mean_squared_error"] for row in rows("error_field_means")}
        worst = max(v for (name, path), v in means.items() if name == "finite_sample" and path.startswith("picard"))
        expect(f"error_field_means: Picard {worst}, sequential {means['finite_sample', 'sequential']}",
               worst > 3 * means["finite_sample", "sequential"])

        # MMD^2 has a maximum inside.
        run(DRAWN, "bandwidth", "--out", out, "--count", 300, "--sets", "moons,rings")
        drawn("mmd_bandwidth")
        curve = [row for row in rows("mmd_bandwidth") if row["set"] == "moons"]
        best = max(curve, key=lambda row: row["mmd_squared"])
        expect(f"mmd_bandwidth: the largest at {best['standard_deviation']}", 0.2 < best["standard_deviation"] < 1.5)
        expect("mmd_bandwidth: a variance that is not the square",
               all(abs(row["variance"] - row["standard_deviation"] ** 2) < 1e-5 * row["variance"] for row in curve))
        expect("mmd_bandwidth: a standard error that is not positive", all(row["standard_error"] > 0 for row in curve))

        # Picard ends where the sequential sampler does; Anderson's extrapolation takes fewer sweeps.
        run(DRAWN, "parallel", "--out", out, "--samples", 60, "--data", 60, "--judge", 300, "--steps", 100, "--sets",
            "moons,pinwheel")
        drawn("parallel", "parallel_moons", "parallel_pinwheel")
        for name in ("moons", "pinwheel"):
            of = {row["method"]: row for row in rows("parallel") if row["set"] == name}  # the last row of each method
            for way in ("picard", "picard_anderson"):
                difference = abs(of[way]["mmd_squared"] - of["sequential"]["mmd_squared"])
                expect(f"{name}: {way} differs by {difference}", difference < 0.5 * of["sequential"]["standard_error"])
                expect(f"{name}: {way} took {of[way]['calls_in_a_row']} sweeps", of[way]["calls_in_a_row"] < 60)
            expect(f"{name}: Anderson's takes more calls",
                   of["picard_anderson"]["calls_for_a_sample"] <= of["picard"]["calls_for_a_sample"])
            expect(f"{name}: far from the set", of["sequential"]["mmd_squared"] < 0.05)

        # A cloud of one's own.
        random.seed(1)
        points = folder / "points.csv"
        points.write_text("x,y\n" + "".join(f"{random.gauss(50, 3)},{random.random()}\n" for _ in range(200)))
        run(DRAWN, "bandwidth", "--out", out, "--points", points)
        drawn("mmd_bandwidth")
        run(DRAWN, "parallel", "--out", out, "--points", points, "--samples", 40, "--steps", 50)
        drawn("parallel_points")
        expect("parallel: not of the file", {row["set"] for row in rows("parallel")} == {"points"})

        odd = folder / "it's, my \"cloud\".csv"
        odd.write_text(points.read_text())
        run(DRAWN, "bandwidth", "--out", out, "--points", odd)
        drawn("mmd_bandwidth")
        names = {row["set"] for row in rows("mmd_bandwidth")}
        expect(f"mmd_bandwidth: the odd file is called {names}", names == {"it_s__my__cloud_"})

        # Bad input.
        for what, text in BAD_POINTS.items():
            file = folder / f"{what.replace(' ', '_')}.csv"
            file.write_text(text)
            for figure in ("bandwidth", "parallel"):
                run(2, figure, "--out", out, "--points", file)
        run(2, "bandwidth", "--out", out, "--points", folder / "none.csv")
        run(2, "bandwidth", "--out", out, "--points", folder)
        run(2, "bandwidth", "--out", out, "--sets", "moon")
        run(2, "bandwidth", "--out", points / "out")
        run(2, "bandwidth", "--out", "")
        run(2, "bandwidth", "--points", "", "--out", out)
        run(2, "bandwidth", "--out", out, "--points", points, "--sets", "moons")
        run(2, "parallel", "--out", out, "--samples", "1")
        run(2, "parallel", "--out", out, "--samples", "many")
        run(2, "parallel", "--out", out, "--width", "0")
        run(2, "parallel", "--out", out, "--width", "nan")
        run(2, "parallel", "--out", out, "--tolerance", "-1")
        run(2, "parallel", "--out", out, "--tolerance", "nan")
        run(2, "error-field", "--steps", "1001")
        run(2, "error-field", "--no-such-option")
        run(2, "no-such-figure")
        run(2)
    print("\n".join(failures) or "figures are sane; every bad input: one line and exit status 2")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

#!/usr/bin/env python3
"""Bad files and options get one clear line on standard error and exit status 2, good files exit status 0.

usage: check_bad_input.py PROGRAM
"""
import json
import pathlib
import subprocess
import sys
import tempfile

GOOD = {"weights": [1, 3], "means": [[0, 0], [1, 2]], "covariances": [[[1, 0.5], [0.5, 2]], [[0.3, 0], [0, 0.3]]]}


def mixture(**changes):
    return json.dumps({k: v for k, v in {**GOOD, **changes}.items() if v is not None})


BAD_MIXTURES = {
    "no weights": mixture(weights=None),
    "no means": mixture(means=None),
    "no covariances": mixture(covariances=None),
    "empty weights": mixture(weights=[]),
    "negative weight": mixture(weights=[1, -1]),
    "zero weight": mixture(weights=[1, 0]),
    "text for a weight": mixture(weights=[1, "two"]),
    "too few weights": mixture(weights=[1]),
    "NaN": mixture().replace("0.5", "NaN", 1),
    "too large a number": mixture().replace("0.5", "1e999", 1),
    "not positive definite": mixture(covariances=[[[1, 2], [2, 1]], [[1, 0], [0, 1]]]),
    "not symmetric": mixture(covariances=[[[1, 0.5], [0.1, 1]], [[1, 0], [0, 1]]]),
    "ragged matrix": mixture(covariances=[[[1, 0], [0]], [[1, 0], [0, 1]]]),
    "zero variance": mixture(covariances=[0, 1]),
    "wrong dimension": mixture(means=[[0, 0], [1, 2, 3]]),
    "empty mean": mixture(means=[[], []]),
    "not an object": "[1, 2]",
    "not JSON": "{weights",
    "empty file": "",
    "one matrix for all or variances for each": mixture(covariances=[[0.5, 0.2], [0.2, 0.5]]),
    "a key twice": mixture()[:-1] + ', "means": [1]}',
    "a key of another program": mixture(precisions=[1]),
    "a type of covariance that is not known": mixture(covariance_type="banded"),
    "far from the origin": mixture(means=[[5e5, 4.6e6], [5e5, 4.7e6]]),
}
BAD_POINTS = {
    "empty": "",
    "header alone": "x,y\n",
    "ragged": "1,2\n3\n",
    "text": "1,2\n3,four\n",
    "NaN": "1,2\nnan,4\n",
    "infinite": "1,2\ninf,4\n",
    "empty cell": "1,2\n3,\n",
    "numbers of columns or a point": "0,1\n0.5,0.3\n",
    "an index or a coordinate": "0,0.5,0.3\n1,0.7,0.1\n",
    "a row of too many numbers": "0.5 " * 100000,
    "more points than are checked": "0.5\n0.7\n" * 100000,
}


def main(program):
    failures = []

    def check(what, status, *arguments):
        run = subprocess.run([program, "--no-report", *map(str, arguments)], capture_output=True, text=True, timeout=600)
        lines = run.stderr.strip().splitlines()
        if run.returncode != status or (status == 2 and len(lines) != 1):
            failures.append(f"{what}: exit status {run.returncode} for {status}, standard error {lines}")

    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "input")

        def given(text):
            file.write_text(text)
            return file

        for what, text in BAD_MIXTURES.items():
            check(f"mixture, {what}", 2, "--mixture", given(text))
        for what, text in BAD_POINTS.items():
            check(f"points, {what}", 2, "--points", given(text))
        check("missing file", 2, "--mixture", file.with_name("none"))
        check("a folder", 2, "--points", folder)
        check("width 0", 2, "--points", given("1,2\n3,4\n"), "--width", "0")
        check("width NaN", 2, "--points", given("1,2\n3,4\n"), "--width", "nan")
        check("width alone", 2, "--width", "1")
        check("both inputs", 2, "--points", file, "--mixture", file)
        check("unknown option", 2, "--no-such-option")
        check("CSV not writable", 2, "--csv", file.with_name("none") / "out.csv")
        check("a good mixture", 0, "--mixture", given(mixture()))
        check("means as numbers", 0, "--mixture", given('{"weights":[1,1],"means":[-1,2],"covariances":[1,[0.5]]}'))
        # The lines hold in the units of the user, too.
        check("thousandths", 0, "--mixture",
              given('{"weights": [1, 2], "means": [-0.002, 0.001], "covariances": [3e-07, 5e-07]}'))
        check("thousands", 0, "--mixture", given('{"weights": [1, 2], "means": [-2000, 1000], "covariances": [3e5, 5e5]}'))
        check("narrow and wide", 0, "--mixture", given('{"weights":[1,1],"means":[0,0],"covariances":[0.0001,10000.0]}'))
        check("single precision", 0, "--mixture", given(mixture(
            weights=[1], means=[[0, 0]], covariances=[[[0.16, 0.0005776871], [0.0005776872, 0.2]]])))
        check("metres of UTM", 0, "--points", given("4600312.5 \n4599004.25\n4601250.75\n"))
        check("a good cloud", 0, "--points", given("x,y\n0,0\n1,2\n-1,1\n"), "--width", "0.3")
    print("\n".join(failures) or "every bad input: one line and exit status 2")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

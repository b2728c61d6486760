#!/usr/bin/env python3
"""Experiments that are killed go on to the same bits; results do not depend on the workers; bad input gets one clear line on
standard error and exit status 2; the page is whole.

usage: check_experiments.py PROGRAM
"""
import csv
import html.parser
import math
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

DRAWN = 0 if shutil.which("gnuplot") else 1  # the exit status of a good run
EXPERIMENT = "two-modes"
LOSSES = 6
LOSS = "ddpm"  # one of them
NUMBER = re.compile(r"[-+]?(nan|inf|[0-9.]+(e[-+]?[0-9]+)?)")
VOID = {"meta", "img", "br", "hr", "link", "input"}
BAD_POINTS = {
    "empty": "",
    "header alone": "x,y\n",
    "seven points": "1,2\n3,5\n" * 3 + "5,7\n",
    "constant y": "".join(f"{i},2\n" for i in range(8)),
    "one coordinate": "1\n2\n3\n",
    "three coordinates": "1,2,3\n" * 8,
    "ragged": "1,2\n3\n",
    "text": "1,2\n3,four\n",
    "NaN": "1,2\nnan,4\n",
}


class page_of(html.parser.HTMLParser):
    """The text of a page, its mistakes, and what it would fetch."""

    def __init__(self, text):
        super().__init__()
        self.open, self.mistakes, self.outside, self.words, self.tables, self.images = [], [], [], [], 0, 0
        self.feed(text)
        self.close()
        if self.open:
            self.mistakes.append(f"not closed: {self.open}")

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        self.tables += tag == "table"
        self.images += tag == "img"
        for key, value in attributes:
            if key in ("src", "href") and not value.startswith(("data:", "#")):
                self.outside.append(value)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.mistakes.append(f"</{tag}> closes nothing")

    def handle_data(self, data):
        self.words.append(data)


def main(program):
    failures = []
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

    def expect(what, holds):
        if not holds:
            failures.append(what)

    def run(status, *arguments, says=""):
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=600, env=env)
        lines = done.stderr.strip().splitlines()
        what = " ".join(map(str, arguments))
        expect(f"{what}: exit status {done.returncode} for {status}, standard error {lines}",
               done.returncode == status and (status != 2 or (len(lines) == 1 and says in lines[0])))
        return done.stdout

    def results(out):
        """All that must not depend on how it was run: the files of the jobs but for seconds, and the tables."""
        files = {}
        for file in sorted([*out.glob("runs/**/*"), *out.glob("*.csv")]):
            if file.is_dir() or file.name in (".lock", "times.csv"):  # seconds are never twice the same
                continue
            content = file.read_bytes()
            if file.name == "log.csv":
                content = b"\n".join(line.rpartition(b",")[0] for line in content.splitlines())
            if file.name == "done":
                content = content.splitlines()[0]
            files[str(file.relative_to(out))] = content
        return files

    def differing(a, b):
        return [name for name in sorted({*a, *b}) if a.get(name) != b.get(name)]

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        run_of = [EXPERIMENT, "--steps", 400, "--seeds", 2]

        # Unbroken, one job after the other.
        one = folder / "one"
        run(DRAWN, *run_of, "--workers", 1, "--out", one)
        unbroken = results(one)
        expect(f"files: {sorted(unbroken)}", sum(name.endswith("checkpoint.bin") for name in unbroken) == 2 * LOSSES)
        expect("two trainings gave the same", len({v for n, v in unbroken.items() if n.endswith("checkpoint.bin")}) == 2 * LOSSES)
        for name, content in unbroken.items():
            if name.endswith("log.csv"):
                steps = [int(line.split(b",")[0]) for line in content.splitlines()[1:]]
                expect(f"{name}: steps {steps}", steps == sorted(set(steps)) and steps[-1] == 400 and len(steps) >= 100)
            elif name.endswith(".csv"):
                rows = list(csv.reader(content.decode().splitlines()))
                expect(f"{name}: not all finite", len(rows) > 1 and
                       all(math.isfinite(float(cell)) for row in rows[1:] for cell in row if NUMBER.fullmatch(cell)))

        # Two at a time: the same.
        two = folder / "two"
        run(DRAWN, *run_of, "--workers", 2, "--out", two)
        expect(f"workers 1 and 2 differ in {differing(unbroken, results(two))}", results(two) == unbroken)

        # Killed, several times, always at another place, and resumed: the same.
        killed = folder / "killed"
        kills = 0
        command = [program, *map(str, run_of), "--workers", "2", "--out", str(killed)]
        for kill in range(3):
            def states():
                return {file: file.stat().st_mtime_ns for file in killed.glob("runs/**/checkpoint.bin")}

            before = states()
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=env)
            while process.poll() is None and states() == before:
                time.sleep(0.002)
            time.sleep(0.01 * kill)
            kills += process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
        expect(f"killed {kills} times only", kills >= 2)
        expect("killed too late", not list(killed.glob("*.csv")))
        run(DRAWN, *run_of, "--workers", 2, "--out", killed)
        expect(f"killed and unbroken differ in {differing(unbroken, results(killed))}", results(killed) == unbroken)

        # What is done is not done again.
        stamps = {file: file.stat().st_mtime_ns for file in one.glob("runs/**/*") if file.name != ".lock"}
        run(DRAWN, *run_of, "--out", one)
        expect("a job that had ended ran again", all(file.stat().st_mtime_ns == t for file, t in stamps.items()))

        # The page.
        text = run(0, "page", "--out", one).strip()
        expect(f"page: printed {text}", pathlib.Path(text) == one / "index.html")
        page = page_of((one / "index.html").read_text())
        words = " ".join(page.words)
        expect(f"page: {page.mistakes}", not page.mistakes)
        expect(f"page: needs {page.outside}", not page.outside)
        expect("page: no table", page.tables >= 1)
        expect("page: no figure", DRAWN == 1 or page.images >= 1)
        for word in ("Seeds", "1, 2", "400 steps", "Machine", "Date", "cdl ", "--seeds 2"):
            expect(f"page: does not say {word}", word in words)

        # Other settings, in the same folder.
        run(2, EXPERIMENT, "--steps", 401, "--seeds", 2, "--out", one, says="settings")
        checkpoint = one / f"runs/{EXPERIMENT}/{LOSS}/seed-1/checkpoint.bin"
        (checkpoint.parent / "done").unlink()
        run(2, EXPERIMENT, "--steps", 401, "--seeds", 1, "--out", one, says="settings")

        # Checkpoints that are none.
        whole = checkpoint.read_bytes()
        for what, content in {"empty": b"", "short": whole[:10], "cut": whole[:-1], "half": whole[:len(whole) // 2],
                              "longer": whole + b"\0", "another": b"x" * len(whole),
                              "damaged": whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:]}.items():
            checkpoint.write_bytes(content)
            run(2, *run_of, "--out", one, says="checkpoin")  # long names are cut
        checkpoint.write_bytes(whole)
        run(DRAWN, *run_of, "--out", one)
        expect("restored and unbroken differ", results(one) == unbroken)

        # Points.
        for what, content in BAD_POINTS.items():
            file = folder / f"{what.replace(' ', '_')}.csv"
            file.write_text(content)
            run(2, "all", "--out", folder / "none", "--points", file)
        run(2, "all", "--out", folder / "none", "--points", folder / "none.csv")
        run(2, "all", "--out", folder / "none", "--points", folder)

        # Other bad input.
        run(2, EXPERIMENT, "--out", checkpoint / "out")
        run(2, EXPERIMENT, "--out", "")
        run(2, EXPERIMENT, "--out", "/proc/none")
        run(2, "page", "--out", folder / "none")
        run(2, EXPERIMENT, "--steps", 0)
        run(2, EXPERIMENT, "--steps", "many")
        run(2, EXPERIMENT, "--seeds", 0)
        run(2, EXPERIMENT, "--workers", 0)
        run(2, EXPERIMENT, "--small", "--full")
        run(2, EXPERIMENT, "--no-such-option")
        run(2, "no-such-experiment")
        run(2)
        expect("bad input has left something", not (folder / "none").exists())
    print("\n".join(failures) or "killed and resumed: the same bits; workers: the same; every bad input: one line")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

# SPDX-License-Identifier: MIT
"""Times cdl beside NumPy, PyTorch, JAX, KeOps and scikit-learn: the same work, threads, machine and minutes.

    python compare.py path/to/bench_peers_ours [WORD]

WORD: only the works whose name has it ("mmd", "784"; a word that no name has is refused, and the names are listed); what results.json says of the others is kept. Libraries that are not installed are named and left out. Every (library, work) is a process of its own; all of one work
wait for their turns, which go round, so that a disturbance hits all alike. Prints tables for docs/benchmarks.md, and
writes results.json beside this file and the plot docs/images/peers.svg.
"""

import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
THREADS = 2
# title, work and sizes, turns
WORKS = [
    ("Mixture denoiser, 2^20 points, 64 isotropic components, d = 2", "mixture_isotropic 1048576 64 2", 9),
    ("Mixture denoiser, 2^16 points, 16 full components, d = 16", "mixture_full 65536 16 16", 9),
    ("Empirical denoiser, 10^5 queries, 10^4 points, d = 2", "empirical 100000 10000 2", 5),
    ("Empirical denoiser, 10^5 queries, 10^4 points, d = 784", "empirical 100000 10000 784", 3),
    ("MMD, two samples of 2*10^4 points, d = 2", "mmd 20000 2", 3),
    ("MMD, two samples of 2*10^4 points, d = 64", "mmd 20000 64", 3),
]
# Work that takes many minutes is done for fewer queries, and the time multiplied.
SHARES = {("KeOps", "empirical 100000 10000 784"): ("empirical 1000 10000 784", 100)}


class Worker:
    """A process that has done one run to warm up and does another when told."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.seconds = []
        if "ready\n" not in self.process.stdout:  # reads until then: libraries may have printed something
            raise RuntimeError(f"failed: {command}")

    def run(self):
        self.set_priority(os.SCHED_RR, 1)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.seconds.append(float(self.process.stdout.readline()))
        self.set_priority(os.SCHED_OTHER, 0)

    def set_priority(self, policy, priority):
        """For all threads, where the system allows it: in real time no other program takes the processors away."""
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            try:
                os.sched_setscheduler(int(thread), policy, os.sched_param(priority))
            except OSError:  # not allowed, or the thread has ended
                pass

    def finish(self, times=1):
        """The median time, and what the process says of its memory, version and result."""
        self.process.stdin.close()
        summary = json.loads(self.process.stdout.readline())
        self.process.wait()
        seconds = [times * s for s in self.seconds]
        return {"seconds": statistics.median(seconds), "all_seconds": seconds, **summary}


def measure(workers, turns):
    for _ in range(turns):
        for worker in workers:
            time.sleep(0.3)  # threads that wait for more work by spinning have given up by then
            worker.run()


def ceilings(ours):
    """Exponentials and multiply-adds per second on all threads: in registers, and in a matrix product of Eigen."""
    workers = {name: Worker([ours, THREADS, name]) for name in ("exp", "fma", "gemm")}
    measure(workers.values(), 9)
    amount = {"exp": 2**30, "fma": 2**36, "gemm": 2**36}
    return {name: amount[name] / worker.finish()["seconds"] for name, worker in workers.items()}


def least_seconds(work, rates):
    """What the exponentials (d <= 2), or else the multiply-adds at the speed of a matrix product, take at least."""
    name, *sizes = work.split()
    sizes = [int(size) for size in sizes]
    d = sizes[-1]
    pairs = 2 * sizes[0] ** 2 if name == "mmd" else sizes[0] * sizes[1]  # mmd: (2 n)^2 / 2, every pair once
    each = {"mixture_isotropic": 2 * d, "mixture_full": 2 * d * d, "empirical": 2 * d, "mmd": d}[name]
    return pairs / rates["exp"] if d <= 2 else pairs * each / rates["gemm"]


def difference(sample, other):
    """The largest difference of two results, relative to the largest number."""
    return max(abs(a - b) for a, b in zip(sample, other)) / max(abs(a) for a in sample)


def compare(ours, libraries, work, turns):
    workers, times = {"cdl": Worker([ours, THREADS, *work.split()])}, {}
    for library in libraries:
        smaller, times[library] = SHARES.get((library, work), (work, 1))
        try:
            workers[library] = Worker([sys.executable, HERE / "peers.py", library, THREADS, *smaller.split()])
        except RuntimeError:
            print(f"{library}: no {work}", file=sys.stderr)
    measure(workers.values(), turns)
    results = {library: worker.finish(times.get(library, 1)) for library, worker in workers.items()}
    for library, result in results.items():
        same = times.get(library, 1) == 1
        result["difference"] = difference(results["cdl"]["sample"], result["sample"]) if same else None
        result["share_of_work"] = 1 / times.get(library, 1)
        if same and not result["difference"] < 1e-3:
            raise RuntimeError(f"{library} does not compute the same: {work}, {result['difference']}")
    return results


def print_table(title, results, least):
    print(f"\n**{title}**\n\n| | ms | ratio | memory, MB | ceiling | difference |\n| --- | --- | --- | --- | --- | --- |")
    us = results["cdl"]["seconds"]
    for library, r in sorted(results.items(), key=lambda item: item[1]["seconds"]):
        about = "" if r["share_of_work"] == 1 else "about "
        added = max(0, r["memory_peak"] - r["memory_before"])
        difference = "" if library == "cdl" or r["difference"] is None else f"{r['difference']:.0e}"
        print(
            f"| {library} | {about}{1000 * r['seconds']:.3g} | {r['seconds'] / us:.3g} | "
            f"{r['memory_peak']:.0f} (+{added:.0f}) | {100 * least / r['seconds']:.2g} % | {difference} |"
        )


def plot(results, path):
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "cdl", "svg.fonttype": "none", "font.size": 8})
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(11, 5), layout="constrained")
    for axis in axes.flat[len(results) :]:
        axis.set_visible(False)
    for title, axis in zip(results, axes.flat):
        rows = sorted(results[title].items(), key=lambda item: -item[1]["seconds"])
        colours = ["tab:red" if library == "cdl" else "tab:gray" for library, _ in rows]
        bars = axis.barh([library for library, _ in rows], [1000 * r["seconds"] for _, r in rows], color=colours)
        us = results[title]["cdl"]["seconds"]
        axis.bar_label(bars, [f" {r['seconds'] / us:.3g}" for _, r in rows])
        axis.set(xscale="log", xlabel="ms")
        axis.set_title(title.replace(", ", "\n", 1), fontsize=8)
        axis.margins(x=0.2)
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    word = sys.argv[2] if len(sys.argv) == 3 else ""
    chosen = [(title, work, turns) for title, work, turns in WORKS if word in work]
    if not chosen:
        sys.exit(f"compare.py: no work has '{word}' in its name; the names: " + ", ".join(work for _, work, _ in WORKS))
    from peers import LIBRARIES  # not earlier: it needs NumPy, and a WORD can be refused without

    ours = pathlib.Path(sys.argv[1]).resolve()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])
    missing = [library for library, (package, _) in LIBRARIES.items() if not importlib.util.find_spec(package)]
    for library in missing:
        print(f"{library}: not installed, left out", file=sys.stderr)
    rates = ceilings(ours)
    print("ceilings, per second:", ", ".join(f"{name} {rate:.3g}" for name, rate in rates.items()))
    record = HERE / "results.json"
    known = json.loads(record.read_text())["results"] if record.exists() else {}
    for title, work, turns in chosen:
        known[title] = compare(ours, [library for library in LIBRARIES if library not in missing], work, turns)
        print_table(title, known[title], least_seconds(work, rates))
        record.write_text(json.dumps({"ceilings": rates, "results": known}, indent=1) + "\n")
    results = {title: known[title] for title, _, _ in WORKS if title in known}
    versions = {library: r["version"] for result in results.values() for library, r in result.items()}
    print("\nversions:", ", ".join(f"{library} {version}" for library, version in versions.items()))
    if importlib.util.find_spec("matplotlib"):
        plot(results, HERE.parents[1] / "docs/images/peers.svg")
    else:
        print("matplotlib: not installed, no plot", file=sys.stderr)


if __name__ == "__main__":
    main()

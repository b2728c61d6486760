# SPDX-License-Identifier: MIT
"""How the cost of cdl's work grows with the numbers of points, components and coordinates.

    python growth.py path/to/bench_peers_ours
"""

import sys

from compare import THREADS, Worker, measure

# what grows, the works
SERIES = [
    ("mixture, points", [f"mixture_isotropic {n} 64 2" for n in (2**16, 2**18, 2**20, 2**22)]),
    ("mixture, components", [f"mixture_isotropic {2**16} {k} 2" for k in (4, 16, 64, 256, 1024)]),
    ("isotropic mixture, coordinates", [f"mixture_isotropic {2**14} 64 {d}" for d in (4, 8, 16, 32, 64)]),
    ("full mixture, coordinates", [f"mixture_full {2**12} 16 {d}" for d in (4, 8, 32, 64)]),
    ("empirical, queries", [f"empirical {q} 10000 2" for q in (10**3, 10**4, 10**5)]),
    ("empirical, points", [f"empirical 10000 {n} 2" for n in (10**3, 10**4, 10**5)]),
    ("empirical, coordinates", [f"empirical 2000 10000 {d}" for d in (8, 32, 128, 512)]),
    ("mmd, points", [f"mmd {n} 2" for n in (2000, 20000, 200000)]),
    ("mmd, coordinates", [f"mmd 10000 {d}" for d in (4, 16, 64, 256)]),
]

if len(sys.argv) != 2:
    sys.exit(__doc__)
for title, works in SERIES:
    workers = [Worker([sys.argv[1], THREADS, *work.split()]) for work in works]
    measure(workers, 3)
    print(f"\n**{title}**\n\n| work | ms | ms / previous | peak memory, MB |\n| --- | --- | --- | --- |")
    before = None
    for work, worker in zip(works, workers):
        result = worker.finish()
        ratio = "" if before is None else f"{result['seconds'] / before:.3g}"
        before = result["seconds"]
        print(f"| {work} | {1000 * before:.3g} | {ratio} | {result['memory_peak']:.0f} |")

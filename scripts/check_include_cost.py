#!/usr/bin/env python3
"""Does <cdl/cdl.hpp> add at most one second to a unit that includes <Eigen/Dense>?

Least of several interleaved runs, processor time: what the machine does besides does not count.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path

LIMIT = 1.0
INCLUDE = Path(__file__).parent.parent / "include"
COMPILE = [os.environ.get("CXX", "g++"), "-std=c++20", "-O2", "-x", "c++", "-", "-c", "-o", os.devnull,
           f"-I{INCLUDE}", "-isystem", "/usr/include/eigen3"]


def seconds(source):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(COMPILE, input=source.encode(), check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


units = {"Eigen/Dense": "#include <Eigen/Dense>\n"}
units["Eigen/Dense and cdl/cdl.hpp"] = units["Eigen/Dense"] + "#include <cdl/cdl.hpp>\n"
least = {name: float("inf") for name in units}
for _ in range(5):
    for name, source in units.items():
        least[name] = min(least[name], seconds(source))
alone, both = least.values()
print(f"include cost: Eigen/Dense {alone:.2f} s, with cdl/cdl.hpp {both:.2f} s: {both - alone:.2f} s more "
      f"(at most {LIMIT} s)")
sys.exit(both - alone > LIMIT)

#!/usr/bin/env python3
"""Do the headers include each other, and third parties, only as the plan of the rooms allows?

The library is a stack of rooms; a room may include the rooms below it and none above. Third parties other than
Eigen stay in the files named for them, and cdl.hpp reaches none of these.
"""

import re
import sys
from pathlib import Path

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent) / "include"

STACK = ["core", "math", "view", "random", "exec", "schedule", "channel", "distribution", "denoiser", "density",
         "classifier", "objective"]
below = {room: set(STACK[:i]) for i, room in enumerate(STACK)}
below["view"] -= {"math"}  # math and view stand side by side on core
up_to = lambda room: below[room] | {room}
below["sampler"] = up_to("denoiser")  # never density: sampling needs the denoiser alone
below["metric"] = up_to("exec")  # never denoiser: a metric judges samples, wherever they come from
below["coding"] = up_to("denoiser")
below["adapter"] = up_to("exec")  # and nobody includes an adapter
ADAPTER_TORCH = below["adapter"] | up_to("objective")  # a network is a denoiser, trained by an objective

# The files that may include a third party other than Eigen.
STARRED = re.compile(r"exec/(openmp|thrust|cuda|simd)\w*\.hpp|adapter/\w+\.hpp")
# Never reached from cdl.hpp: Eigen is the one hard dependency.
OPTIONAL = re.compile(r"exec/(openmp|thrust|cuda|simd)\w*\.hpp|adapter/(xtensor|thrust|torch)\w*\.hpp")
STANDARD = re.compile(r"[a-z_0-9]+")  # <vector>, <cstdint>: no dot, no slash
EIGEN = re.compile(r"(unsupported/)?Eigen/")


def includes(header):
    for number, line in enumerate((ROOT / header).read_text().splitlines(), 1):
        if match := re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line):
            yield number, match[1], match[2]


headers = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.hpp"))
problems = []
graph = {}
for header in headers:
    inside = header.removeprefix("cdl/")
    room = inside.split("/")[0] if "/" in inside else None
    graph[header] = []
    if room and room not in below:
        problems.append(f"{header}: the room '{room}' has no place in the plan (STACK in this script)")
        continue
    for number, bracket, target in includes(header):
        say = lambda text: problems.append(f"{header}:{number}: <{target}>: {text}")
        if bracket == '"':
            say("write #include <cdl/room/name.hpp>")
        elif target.startswith("cdl/"):
            graph[header].append(target)
            other = target.removeprefix("cdl/").split("/")[0]
            allowed = ADAPTER_TORCH if inside.startswith("adapter/torch") else below.get(room)
            if target not in headers:
                say("there is no such header")
            elif target == "cdl/cdl.hpp":
                say("the library never includes its own umbrella")
            elif room and target != "cdl/version.hpp" and other != room and other not in allowed:
                say(f"the room '{room}' must not include the room '{other}'")
        elif not (STANDARD.fullmatch(target) or EIGEN.match(target) or STARRED.fullmatch(inside)):
            say("third parties belong into exec/openmp, exec/thrust, exec/simd* and adapter/*")

reached = {}  # header: who includes it
queue = ["cdl/cdl.hpp"]
while queue:
    header = queue.pop()
    for target in graph.get(header, []):
        if target not in reached:
            reached[target] = header
            queue.append(target)
problems += [f"{by}: <{header}>: cdl.hpp must not reach an optional dependency"
             for header, by in reached.items() if OPTIONAL.fullmatch(header.removeprefix("cdl/"))]

print("\n".join(problems) or f"include direction: {len(headers)} headers, none includes what it must not")
sys.exit(bool(problems))

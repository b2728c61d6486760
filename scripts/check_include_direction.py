#!/usr/bin/env python3
"""Do the headers include each other, and third parties, only as the plan of the modules allows?

The library is a stack of modules; a module may include the modules below it and none above. Third parties other than
Eigen stay in the files named for them, and cdl.hpp reaches none of these.

cdl/MODULE.hpp, the face of a module, includes all its public headers; cdl.hpp includes all faces; what lies in a folder
detail/ is not named by README, docs or examples.
"""

import re
import sys
from pathlib import Path

PROJECT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent)
ROOT = PROJECT / "include"

STACK = ["core", "math", "view", "random", "exec", "schedule", "channel", "distribution", "denoiser", "density",
         "classifier", "information", "objective"]
below = {module: set(STACK[:i]) for i, module in enumerate(STACK)}
below["view"] -= {"math"}  # math and view stand side by side on core
up_to = lambda module: below[module] | {module}
below["sampler"] = up_to("denoiser")  # never density: sampling needs the denoiser alone
below["metric"] = up_to("exec")  # never denoiser: a metric judges samples, wherever they come from
below["coding"] = up_to("denoiser")
below["adapter"] = up_to("exec")  # and nobody includes an adapter
ADAPTER_TORCH = below["adapter"] | up_to("objective")  # a network is a denoiser, trained by an objective

# The files that may include a third party other than Eigen.
STARRED = re.compile(r"exec/(detail/)?(openmp|thrust|cuda|simd)\w*\.hpp|adapter/\w+\.hpp")
# Never reached from cdl.hpp: Eigen is the one hard dependency.
OPTIONAL = re.compile(r"exec/(detail/)?(openmp|thrust|cuda|simd)\w*\.hpp|adapter/(xtensor|thrust|torch|eigen_autodiff)\w*\.hpp")
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
    module = inside.split("/")[0].removesuffix(".hpp")
    if module in ("cdl", "version"):
        module = None
    graph[header] = []
    if module and module not in below:
        problems.append(f"{header}: the module '{module}' has no place in the plan (STACK in this script)")
        continue
    for number, bracket, target in includes(header):
        say = lambda text: problems.append(f"{header}:{number}: <{target}>: {text}")
        if bracket == '"':
            say("write #include <cdl/module/name.hpp>")
        elif target.startswith("cdl/"):
            graph[header].append(target)
            other = target.removeprefix("cdl/").split("/")[0]
            allowed = ADAPTER_TORCH if inside.startswith("adapter/torch") else below.get(module)
            if target not in headers:
                say("there is no such header")
            elif module and target.count("/") == 1 and target != "cdl/version.hpp":
                say("the library never includes its own umbrella or a face")
            elif module and target != "cdl/version.hpp" and other != module and other not in allowed:
                say(f"the module '{module}' must not include the module '{other}'")
        elif not (STANDARD.fullmatch(target) or EIGEN.match(target) or STARRED.fullmatch(inside)):
            say("third parties belong into exec/openmp, exec/thrust, exec/simd* and adapter/*")

faces = {f"cdl/{module}.hpp": module for module in below if any(h.startswith(f"cdl/{module}/") for h in headers)}
graph.setdefault("cdl/cdl.hpp", [])
for face, module in faces.items():
    public = {h for h in headers if re.fullmatch(rf"cdl/{module}/\w+\.hpp", h) and not OPTIONAL.fullmatch(h[4:])}
    if face not in headers:
        problems.append(f"{face}: the module has no face")
        continue
    problems += [f"{face}: <{h}>: a face includes every public header of its module" for h in sorted(public - set(graph[face]))]
    problems += [f"{face}: <{h}>: a face includes nothing else" for h in sorted(set(graph[face]) - public)]
problems += [f"cdl/cdl.hpp: <{face}>: it includes every face" for face in faces if face not in graph["cdl/cdl.hpp"]]

for page in [PROJECT / "README.md", *sorted(path for folder in ("docs", "examples")
                                            for path in (PROJECT / folder).rglob("*"))]:
    if page.suffix in (".md", ".cpp", ".hpp", ".cu"):
        for number, line in enumerate(page.read_text().splitlines(), 1):
            if "detail::" in line or "/detail/" in line:
                problems.append(f"{page.relative_to(PROJECT)}:{number}: names something of detail/, which is nobody's interface")

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

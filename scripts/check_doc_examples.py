#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Does every C++ example of the documentation compile as it stands, and does the program of every module's manual run?

    check_doc_examples.py COMPILER [FLAG...] -- PAGE...

An example is a ```cpp block of a page. The program of a manual, cdl/MODULE.hpp, is what its preface indents after
`using namespace cdl;`: the body of a function after #include <cdl/cdl.hpp>.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

split = sys.argv.index("--")
command, pages = sys.argv[1:split], [pathlib.Path(page) for page in sys.argv[split + 1:]]
manuals = [page for page in pages if page.suffix == ".hpp"]
examples = failures = 0

for page in pages:
    text = page.read_text()
    for block in re.finditer(r"^```cpp\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        line = text.count("\n", 0, block.start()) + 2
        examples += 1
        source = f'#line {line} "{page}"\n{block[1]}'
        if subprocess.run([*command, "-fsyntax-only", "-x", "c++", "-"], input=source, text=True).returncode:
            failures += 1

functions = []
for manual in manuals:
    lines = manual.read_text().splitlines()
    first = next((i for i, line in enumerate(lines) if line == "//     using namespace cdl;"), None)
    if first is None:
        print(f"{manual}: its preface has no program, `using namespace cdl;` and what follows")
        failures += 1
        continue
    last = next(i for i, line in enumerate(lines[first:], first) if not line.startswith("//     "))
    program = "\n".join(line.removeprefix("//") for line in lines[first:last])
    functions.append(f'void {manual.stem}_manual() {{\n#line {first + 1} "{manual}"\n{program}\n}}\n')
if functions:
    calls = "".join(f"    {manual.stem}_manual();\n" for manual in manuals)
    source = "#include <cdl/cdl.hpp>\n\n#include <cmath>\n#include <cstdio>\n" + "".join(functions) + f"int main() {{\n{calls}}}\n"
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "manuals"
        if subprocess.run([*command, "-x", "c++", "-", "-o", program], input=source, text=True).returncode or \
                subprocess.run([program]).returncode:
            failures += 1

print(f"check_doc_examples: {examples} examples, {len(functions)} manuals, {failures} do not compile or fail")
sys.exit(failures > 0 or examples == 0)

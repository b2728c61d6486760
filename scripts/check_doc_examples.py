#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Does every C++ example of the documentation compile as it stands?

    check_doc_examples.py COMPILER [FLAG...] -- PAGE...
"""
import pathlib
import re
import subprocess
import sys

split = sys.argv.index("--")
command, pages = sys.argv[1:split], sys.argv[split + 1:]
examples = failures = 0
for page in pages:
    text = pathlib.Path(page).read_text()
    for block in re.finditer(r"^```cpp\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        line = text.count("\n", 0, block.start()) + 2
        examples += 1
        source = f'#line {line} "{page}"\n{block[1]}'
        if subprocess.run([*command, "-fsyntax-only", "-x", "c++", "-"], input=source, text=True).returncode:
            failures += 1
print(f"check_doc_examples: {examples} examples, {failures} do not compile")
sys.exit(failures > 0 or examples == 0)

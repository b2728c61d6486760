#!/usr/bin/env python3
"""scripts/demo.sh hands its arguments to the program, in the caller's folder, with a report of its own unless they speak of one.

usage: check_demo_script.py scripts/demo.sh
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

PROGRAM = """#!/usr/bin/env bash
printf '%s\\n' "$PWD" "$@"
exit 3
"""


def main(script):
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder, "cdl").resolve()
        (root / "scripts").mkdir(parents=True)
        (root / "build/demo/examples").mkdir(parents=True)
        caller = root.with_name("caller")
        caller.mkdir()
        shutil.copy(script, root / "scripts/demo.sh")
        for file, text in (("scripts/build_program.sh", "#!/bin/sh\n"), ("build/demo/examples/verify_derivations", PROGRAM)):
            (root / file).write_text(text)
            (root / file).chmod(0o755)

        own = ["--report", f"{root}/build/demo/report"]
        for given, expected in (
            ([], own),
            (["--no-report"], ["--no-report"]),
            (["--report", "my report"], ["--report", "my report"]),
            (["--report=there"], ["--report=there"]),
            (["--points", "a b.csv", "--width", "0.1"], [*own, "--points", "a b.csv", "--width", "0.1"]),
            (["--csv", "out.csv", "--no-report"], ["--csv", "out.csv", "--no-report"]),
        ):
            run = subprocess.run([root / "scripts/demo.sh", *given], cwd=caller, capture_output=True, text=True, timeout=60)
            if run.stdout.splitlines() != [str(caller), *expected] or run.returncode != 3:
                failures.append(f"demo.sh {given}: exit status {run.returncode}, {run.stdout.splitlines()}, {run.stderr}")
    print("\n".join(failures) or "demo.sh: every form of its arguments arrives")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks docs/equations.md against what verify_derivations found and against the sources.

    check_equations.py CSV [docs/equations.md]            say what is wrong; exit 1 if anything is
    check_equations.py CSV [docs/equations.md] --update   first write bounds and errors of the CSV into the page

Every line of the CSV has a row and every row a line; the bound is the one stated and the error at most ten times the
one stated; the functions named in a row are in include/, the tests in tests/.
"""
import argparse
import csv
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def tables(lines):
    """Yields (index of the line, {column: cell}) for each row of each table that has a column Equation."""
    header = None
    for index, line in enumerate(lines):
        if not line.startswith("|"):
            header = None
        elif header is None:
            header = cells(line)
        elif not set(line) <= set("|-: \n") and "Equation" in header:
            row = cells(line)
            if len(row) != len(header):
                sys.exit(f"check_equations: line {index + 1}: {len(row)} cells under {len(header)} headings")
            yield index, dict(zip(header, row))


def declared(name):
    """Whether cdl::<name> is a function or a type declared in a header of its namespace."""
    *spaces, last = name.split("::")
    namespace = "::".join(["cdl", *spaces])
    declaration = re.compile(r"\b(struct|class)\s+" + last + r"\b|[\w>&\])]\s+" + last + r"\s*\(|\busing\s+" + last + r"\b")
    member_of = re.compile(r"\b(struct|class)\s+" + spaces[-1] + r"\b") if spaces else None
    for header in (root / "include").rglob("*.hpp"):
        text = header.read_text(encoding="utf-8")
        if f"namespace {namespace} {{" in text and declaration.search(text):
            return True
        if member_of and f"namespace {'::'.join(['cdl', *spaces[:-1]])} {{" in text and member_of.search(text) and declaration.search(text):
            return True
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("csv", type=pathlib.Path)
    parser.add_argument("page", type=pathlib.Path, nargs="?", default=root / "docs/equations.md")
    parser.add_argument("--update", action="store_true", help="write bounds and errors into the page")
    options = parser.parse_args()

    found = {}
    with options.csv.open(newline="", encoding="utf-8") as file:
        for entry in csv.DictReader(file):
            key = (entry["equation"], entry["quantity"].split(":")[0])
            if key in found:
                sys.exit(f"check_equations: {options.csv}: two lines for {key[0]} on {key[1]}")
            printed = re.search(r"as printed off by (\S+)$", entry["quantity"])
            found[key] = {"Bound": f"{float(entry['bound']):g}", "Largest error": f"{float(entry['max_error']):.1e}",
                          "holds": entry["holds"]}
            if printed:
                found[key]["As printed off by"] = printed[1]

    lines = options.page.read_text(encoding="utf-8").splitlines(keepends=True)
    problems, seen = [], set()
    for index, row in list(tables(lines)):
        key = (row["Equation"], row.get("Data", "erratum"))
        where = f"{options.page.name}:{index + 1}: {key[0]} on {key[1]}"
        if key in seen:
            problems.append(f"{where}: has two rows")
        seen.add(key)
        for name in re.findall(r"`([\w:]+)`", row["Function"]):
            if not declared(name):
                problems.append(f"{where}: no header declares {name}")
        for test in re.findall(r"`([^`]+)`", row["Test"]):
            if not (root / "tests" / test).is_file():
                problems.append(f"{where}: there is no tests/{test}")
        if not re.search(r"`[\w:]+`", row["Function"]):
            problems.append(f"{where}: names no function")
        entry = found.get(key)
        if entry is None:
            problems.append(f"{where}: verify_derivations has no such line")
            continue
        if options.update:
            row.update({column: value for column, value in entry.items() if column in row})
            lines[index] = "| " + " | ".join(row.values()) + " |\n"
            continue
        if entry["holds"] != "true":
            problems.append(f"{where}: does not hold")
        if float(row["Bound"]) != float(entry["Bound"]):
            problems.append(f"{where}: the bound is {entry['Bound']}, not {row['Bound']}")
        if float(entry["Largest error"]) > 10 * float(row["Largest error"]):
            problems.append(f"{where}: the error is {entry['Largest error']}, ten times the {row['Largest error']} stated")
        if "As printed off by" in row:
            ratio = float(entry.get("As printed off by", "nan")) / float(row["As printed off by"])
            if not 0.1 < ratio < 10:
                problems.append(f"{where}: as printed it is off by {entry.get('As printed off by')}, not {row['As printed off by']}")
    problems += [f"{options.page.name}: no row for {e} on {d}" for e, d in found if (e, d) not in seen]
    if options.update:
        options.page.write_text("".join(lines), encoding="utf-8")
    for problem in problems:
        print(f"check_equations: {problem}", file=sys.stderr)
    if not problems:
        print(f"check_equations: {len(seen)} rows agree with {len(found)} lines")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

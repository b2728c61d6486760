#!/usr/bin/env bash
# Is every source formatted? `check_format.sh --fix` formats. Pinned to clang-format 19 where it is installed,
# as other versions break lines differently.
set -euo pipefail
cd "$(dirname "$0")/.."

format=$(command -v clang-format-19 || command -v clang-format)
mapfile -d '' files < <(find include tests examples benchmarks test_package -type f \
    \( -name '*.hpp' -o -name '*.cpp' -o -name '*.cu' \) -print0)
if [[ ${1:-} == --fix ]]; then
    "$format" -i "${files[@]}"
else
    "$format" --dry-run -Werror "${files[@]}"
    echo "check_format.sh: ${#files[@]} files are formatted"
fi

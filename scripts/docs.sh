#!/usr/bin/env bash
# The reference, build/docs/html/index.html; a warning is an error.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(awk '/^#define CDL_VERSION_(MAJOR|MINOR|PATCH)/ { printf "%s%s", dot, $3; dot = "." }' include/cdl/version.hpp)
mkdir -p build/docs
{ cat docs/Doxyfile; echo "PROJECT_NUMBER = $version"; } | doxygen -
echo "docs.sh: build/docs/html/index.html"

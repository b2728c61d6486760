// SPDX-License-Identifier: MIT
// doctest's main, compiled once for all test programs.

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "support/golden.hpp"

#include <doctest/doctest.h>

const char* const cdl::test::golden_folder = CDL_TEST_DATA;

// SPDX-License-Identifier: MIT
#pragma once

// The HTML report: one file that needs nothing else, its figures drawn by gnuplot and put into the page.

#include "checks.hpp"

#include <iosfwd>

namespace verify {

void write_report(std::ostream& out, const std::vector<section>& sections, const std::vector<const setting*>& settings,
                  const std::function<void(const std::string&)>& progress);

} // namespace verify

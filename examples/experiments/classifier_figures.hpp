// SPDX-License-Identifier: MIT
#pragma once

// The figures of the sets whose density is known. Each writes its files and returns its HTML.

#include "experiment.hpp"

#include <string>

namespace experiments::cdm {

std::string density_figure(const settings& chosen, support::output& to);
std::string posterior_figure(const settings& chosen, support::output& to);
std::string confusion_figure(const settings& chosen, support::output& to);
std::string clouds_figure(const settings& chosen, support::output& to);

} // namespace experiments::cdm

// SPDX-License-Identifier: MIT
#pragma once

// The figures: numbers from the library (points) over closed forms (lines), drawn by gnuplot as SVG.

#include "checks.hpp"

namespace verify {

struct figure {
    std::string title;
    std::string svg;     ///< empty where gnuplot is missing or failed
    std::string caption; ///< what to see
};

/// Figures of the first data set, maps of every other one in the plane, and float32 errors. Where gnuplot cannot be
/// run, none, and `trouble` says why in one line.
std::vector<figure> draw_figures(const std::vector<const setting*>& settings,
                                 const std::function<void(const std::string&)>& progress, std::string& trouble);

} // namespace verify

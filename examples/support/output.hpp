// SPDX-License-Identifier: MIT
#pragma once

// The folder in which the figures are written.

#include "gnuplot.hpp"

#include <string>
#include <vector>

namespace support {

/// A table of numbers, some columns of which may be words.
struct table {
    std::string header; ///< comma separated
    std::string rows;

    void row(const std::vector<std::string>& words, const std::vector<double>& numbers);
};

class output {
public:
    /// Makes the folder; where it cannot be written, bad_input.
    explicit output(const std::string& folder);

    /// NAME.csv
    void csv(const std::string& name, const table& numbers);
    /// NAME.svg, drawn by gnuplot
    void svg(const std::string& name, const std::string& script, int width, int height);
    /// NAME.png, for figures with a raster
    void png(const std::string& name, const std::string& script, int width, int height);

    const std::string& folder() const { return folder_; }
    /// Why figures are missing; empty where all is well.
    const std::string& trouble() const { return plot_.trouble(); }

private:
    void write(const std::string& file, const std::string& content) const;

    std::string folder_;
    gnuplot plot_;
};

/// A number as gnuplot and people read it.
std::string text(double number);

} // namespace support

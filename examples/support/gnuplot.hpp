// SPDX-License-Identifier: MIT
#pragma once

// A figure is a gnuplot script with its data inside, run in a process of its own.

#include <initializer_list>
#include <string>
#include <vector>

namespace support {

class gnuplot {
public:
    gnuplot();
    ~gnuplot();
    gnuplot(const gnuplot&) = delete;
    gnuplot& operator=(const gnuplot&) = delete;

    /// Runs the script with an SVG terminal of that size. Returns the <svg> element, empty on failure.
    std::string svg(const std::string& script, int width, int height);
    /// The same as the bytes of a PNG file: for figures with a raster, which not every page shows inside an SVG.
    std::string png(const std::string& script, int width, int height);

    /// Why there are no figures; empty where all is well.
    const std::string& trouble() const { return trouble_; }

private:
    std::string drawn(const std::string& script, const std::string& terminal);

    std::string folder_, trouble_;
    int count_ = 0;
};

/// A named data block, filled row by row.
class data_block {
public:
    explicit data_block(std::string name) : text_("$" + std::move(name) + " << EOD\n") {}
    void row(std::initializer_list<double> values) { row(std::vector<double>(values)); }
    void row(const std::vector<double>& values);
    void gap() { text_ += "\n"; }
    std::string text() const { return text_ + "EOD\n"; }

private:
    std::string text_;
};

} // namespace support

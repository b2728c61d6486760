// SPDX-License-Identifier: MIT
#pragma once

// Reads the reference values of tests/golden: comma separated, one header line, inputs as hexadecimal floating point
// (exact), results as decimal strings with more digits than any floating-point type here holds.

#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace cdl::test {

/// Where tests/golden is. The one path of this machine that a test program holds: in main.cpp, so that a compiler's cache may take
/// all other units from another checkout.
extern const char* const golden_folder;

namespace detail {
inline std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> found(1);
    for (const char c : line)
        if (c == ',') {
            found.emplace_back();
        } else if (c != '\r') {
            found.back() += c;
        }
    return found;
}

/// The number in a cell; the whole cell must be one.
inline long double to_number(const std::string& cell, const std::string& where) {
    char* end = nullptr;
    const long double number = std::strtold(cell.c_str(), &end);
    if (cell.empty() || *end != '\0') throw std::runtime_error(where + ": not a number: '" + cell + "'");
    return number;
}
} // namespace detail

/// One line of a golden file, its cells found by the name of the column.
class golden_row {
public:
    golden_row(std::shared_ptr<const std::vector<std::string>> columns, std::vector<std::string> cells,
               std::string where)
        : columns_(std::move(columns)), cells_(std::move(cells)), where_(std::move(where)) {}

    /// The cell as it is written. Throws std::runtime_error when there is no such column.
    const std::string& text(const std::string& column) const {
        for (std::size_t i = 0; i < columns_->size(); ++i)
            if ((*columns_)[i] == column) return cells_.at(i);
        throw std::runtime_error(where_ + ": no column '" + column + "'");
    }

    /// Whether the cell holds anything.
    bool has(const std::string& column) const { return !text(column).empty(); }

    /// The cell as a number, decimal or hexadecimal, "inf" included, as good as long double is.
    long double number(const std::string& column) const {
        return detail::to_number(text(column), where_ + ": " + column);
    }

    /// An exact input: the cell of the hexadecimal column `name_hex` if there is one, else of `name`. Throws
    /// std::runtime_error when T cannot hold it exactly.
    template <class T>
    T input(const std::string& name) const {
        bool hex = false;
        for (const std::string& column : *columns_) hex = hex || column == name + "_hex";
        const long double exact = number(hex ? name + "_hex" : name);
        const T value = static_cast<T>(exact);
        if (static_cast<long double>(value) != exact)
            throw std::runtime_error(where_ + ": " + name + " does not fit into the scalar of the test");
        return value;
    }

    /// The cell as an integer.
    std::ptrdiff_t integer(const std::string& column) const { return static_cast<std::ptrdiff_t>(number(column)); }

    /// "file.csv:line", for messages.
    const std::string& where() const { return where_; }

private:
    std::shared_ptr<const std::vector<std::string>> columns_;
    std::vector<std::string> cells_;
    std::string where_;
};

/// The lines of a golden file, by name: golden("a_unary.csv").
class golden {
public:
    /// Throws std::runtime_error when the file is not there or has no lines.
    explicit golden(const std::string& name) {
        std::ifstream in(std::string(golden_folder) + "/" + name);
        if (!in) throw std::runtime_error("no golden file " + std::string(golden_folder) + "/" + name);
        std::string line;
        std::getline(in, line);
        const auto columns = std::make_shared<const std::vector<std::string>>(detail::cells(line));
        for (std::size_t number = 2; std::getline(in, line); ++number) {
            auto cells = detail::cells(line);
            const std::string where = name + ":" + std::to_string(number);
            if (cells.size() != columns->size()) throw std::runtime_error(where + ": another number of cells");
            rows_.emplace_back(columns, std::move(cells), where);
        }
        if (rows_.empty()) throw std::runtime_error(name + ": no lines");
    }

    /// Only the lines where `column` reads `text`. Throws std::runtime_error when there are none.
    golden where(const std::string& column, const std::string& text) const {
        golden chosen;
        for (const golden_row& row : rows_)
            if (row.text(column) == text) chosen.rows_.push_back(row);
        if (chosen.rows_.empty()) throw std::runtime_error("no line where " + column + " is " + text);
        return chosen;
    }

    auto begin() const { return rows_.begin(); }
    auto end() const { return rows_.end(); }
    std::size_t size() const { return rows_.size(); }
    const golden_row& operator[](std::size_t i) const { return rows_.at(i); }

private:
    golden() = default;
    std::vector<golden_row> rows_;
};

} // namespace cdl::test

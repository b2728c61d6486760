// SPDX-License-Identifier: MIT
#include "points.hpp"

#include "input.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <optional>

namespace support {
namespace {

using std::string, std::string_view, std::size_t;

struct row {
    size_t line = 0; ///< its number in the file
    string_view text;
    std::vector<string_view> cells;
};

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

string_view stripped(string_view s) {
    while (!s.empty() && is_blank(s.front())) s.remove_prefix(1);
    while (!s.empty() && is_blank(s.back())) s.remove_suffix(1);
    return s;
}

string quoted(string_view cell) {
    return cell.empty() ? "an empty cell" : "\"" + shown(string(cell.substr(0, 64))) + "\"";
}

/// The lines of a text that have more than blanks and comments. A quote opens at the start of a cell.
class lines {
public:
    lines(string_view text, const string& file) : file_(file) {
        if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
        if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
            complain(file, "file", "must be UTF-8", "UTF-16");
        for (size_t line = 1; !text.empty(); ++line) {
            const size_t end = std::min(text.find_first_of("\r\n"), text.size());
            const string_view content = without_comment(text.substr(0, end), line);
            if (!stripped(content).empty()) rows.push_back({line, content, {}});
            text.remove_prefix(end);
            text.remove_prefix(std::min<size_t>(text.starts_with("\r\n") ? 2 : 1, text.size()));
        }
    }

    std::vector<row> rows;
    bool semicolons = false, commas = false, tabs = false; ///< between cells; a tab beside a comma only fills

private:
    string_view without_comment(string_view s, size_t line) {
        bool inside = false, tab = false;
        char before = ','; // the last character that is no blank
        for (size_t i = 0; i < s.size(); ++i) {
            const char c = s[i];
            if (c == '\0') complain(file_, "line " + std::to_string(line), "must be text", "a byte of value 0");
            if (inside) {
                inside = c != '"';
                continue;
            }
            if (c == '#') return s.substr(0, i);
            semicolons = semicolons || c == ';';
            commas = commas || c == ',';
            tab = tab || c == '\t';
            if (is_blank(c)) continue;
            tabs = tabs || (tab && c != ',' && before != ',');
            const bool first = i == 0 || is_blank(s[i - 1]) || s[i - 1] == ',' || s[i - 1] == ';' || s[i - 1] == '"';
            inside = c == '"' && first;
            tab = false;
            before = c;
        }
        if (inside) complain(file_, "line " + std::to_string(line), "must close its quotes", "an open one");
        return s;
    }

    const string& file_;
};

/// The cells of a line, without their quotes.
void split(row& r, char separator) {
    const auto is_separator = [&](char c) { return separator == ' ' ? is_blank(c) : c == separator; };
    const auto fills = [&](char c) { return is_blank(c) && c != separator; };
    string_view rest = separator == ' ' ? stripped(r.text) : r.text;
    for (bool more = true; more;) {
        while (!rest.empty() && fills(rest.front())) rest.remove_prefix(1);
        size_t end = 0;
        for (bool inside = rest.starts_with('"'), opened = inside; end < rest.size(); ++end) {
            if (rest[end] == '"' && (end > 0 || !opened)) inside = opened && !inside;
            if (!inside && is_separator(rest[end])) break;
        }
        string_view cell = stripped(rest.substr(0, end));
        if (cell.size() > 1 && cell.front() == '"' && cell.back() == '"')
            cell = stripped(cell.substr(1, cell.size() - 2));
        r.cells.push_back(cell);
        more = end < rest.size();
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (separator == ' ') rest = stripped(rest);
    }
}

/// The number that a whole cell is, infinite if too large and 0 if too small.
std::optional<double> number_of(string_view cell, bool decimal_comma) {
    string text(cell.substr(cell.starts_with('+') ? 1 : 0, 400));
    if (decimal_comma) std::ranges::replace(text, ',', '.');
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool two_signs = cell.starts_with("+-") || cell.starts_with("++");
    if (text.empty() || two_signs || end != text.data() + text.size() || cell.size() > 400) return {};
    return error == std::errc::result_out_of_range ? std::strtod(text.c_str(), nullptr) : value;
}

/// What programs write where a number is missing.
bool is_missing(string_view cell) {
    static constexpr string_view words[] = {"", "-", "?", ".", "na", "n/a", "#n/a", "null", "none", "nil", "missing"};
    string lower(cell);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return std::ranges::find(words, lower) != std::end(words);
}

bool is_integer(string_view cell) {
    if (cell.starts_with('-')) cell.remove_prefix(1);
    return !cell.empty() && cell.size() <= 18 && std::ranges::all_of(cell, [](char c) { return c >= '0' && c <= '9'; });
}

long long integer_of(string_view cell) {
    long long value = 0;
    std::from_chars(cell.data(), cell.data() + cell.size(), value);
    return value;
}

/// A text as a table, which is then looked at in turn: separators, decimal commas, names, index.
class table_of_points {
public:
    table_of_points(string_view text, const string& file) : file_(file) {
        lines all(text, file);
        rows_ = std::move(all.rows);
        if (rows_.empty()) complain(file_, "file", "must have at least one point", "none");
        const char separator = all.semicolons ? ';' : all.tabs ? '\t' : all.commas ? ',' : ' ';
        for (row& r : rows_) split(r, separator);
        decide_decimals();
        decide_names();
        if (first_ == rows_.size()) complain(file_, "file", "must have at least one point", "a line of names alone");
        decide_width();
        decide_index();
    }

    points numbers() const {
        points result{static_cast<cdl::index_t>(width_ - skipped_), {}};
        result.numbers.reserve((rows_.size() - first_) * (width_ - skipped_));
        for (size_t i = first_; i < rows_.size(); ++i)
            for (size_t j = skipped_; j < width_; ++j) result.numbers.push_back(number(i, j));
        return result;
    }

private:
    [[noreturn]] void complain_of(size_t i, size_t j, const string& requirement, const string& got) const {
        complain(file_, "line " + std::to_string(rows_[i].line) + ", column " + std::to_string(j + 1), requirement,
                 got);
    }
    [[noreturn]] void complain_of(size_t i, const string& requirement, const string& got) const {
        complain(file_, "line " + std::to_string(rows_[i].line), requirement, got);
    }

    double number(size_t i, size_t j) const {
        const string_view cell = rows_[i].cells[j];
        const auto value = number_of(cell, decimal_comma_);
        if (!value) complain_of(i, j, "must be a number", quoted(cell));
        if (!std::isfinite(*value)) complain_of(i, j, "must be a finite number", quoted(cell));
        return *value;
    }
    bool is_number(string_view cell) const { return number_of(cell, decimal_comma_).has_value(); }
    bool is_word(string_view cell) const { return !is_number(cell) && !is_missing(cell); }
    // What starts like a number is a number with a slip, and no name.
    bool is_name(string_view cell) const {
        const size_t first = cell.find_first_not_of("+-.");
        return is_word(cell) && !(first < cell.size() && cell[first] >= '0' && cell[first] <= '9');
    }

    // A comma inside a cell is that of decimals, unless all of them may be commas of thousands, or there are points.
    void decide_decimals() {
        bool alone = true, points = false, thousands = true;
        std::optional<std::pair<size_t, size_t>> where;
        for (size_t i = 0; i < rows_.size(); ++i) {
            alone = alone && rows_[i].cells.size() == 1;
            for (size_t j = 0; j < rows_[i].cells.size(); ++j) {
                const string_view cell = rows_[i].cells[j];
                if (!number_of(cell, true)) continue; // no number in any way
                const size_t comma = cell.find(',');
                points = points || cell.find('.') != string_view::npos;
                if (comma == string_view::npos) continue;
                if (!where) where = {i, j};
                const string_view whole = cell.substr(cell.starts_with('-') || cell.starts_with('+') ? 1 : 0);
                const size_t before = comma - (cell.size() - whole.size());
                thousands = thousands && before >= 1 && before <= 3 && whole[0] != '0' && whole.size() == before + 4;
            }
        }
        if (!where) return;
        const string cell = quoted(rows_[where->first].cells[where->second]);
        if (points)
            complain_of(where->first, where->second, "must have a decimal point, as other numbers of the file have",
                        cell);
        if (alone || thousands)
            complain_of(where->first, where->second, "must be written with a decimal point",
                        cell + (alone ? ", one number with a decimal comma or two numbers"
                                      : ", a decimal comma or one of thousands"));
        decimal_comma_ = true;
    }

    // The first line is names if it has words and no numbers; or if 0,1,... follows what stands over an index.
    void decide_names() {
        auto& cells = rows_[0].cells;
        const auto counts = [&](size_t from) {
            const size_t last = cells.size() - (cells.size() > from + 1 && cells.back().empty() ? 1 : 0);
            for (size_t j = from; j < last; ++j)
                if (!is_integer(cells[j]) || integer_of(cells[j]) != static_cast<long long>(j - from)) return false;
            return true;
        };
        const bool over_index = cells.size() > 1 && (cells[0].empty() || is_name(cells[0])) && counts(1);
        const bool names = std::ranges::any_of(cells, [&](string_view c) { return is_name(c); });
        if (names && !over_index)
            for (const string_view cell : cells)
                if (is_number(cell))
                    complain_of(0, "must be all names or all numbers",
                                quoted(*std::ranges::find_if(cells, [&](string_view c) { return is_name(c); })) +
                                    " beside " + quoted(cell));
        has_names_ = names || over_index;
        numbered_ = over_index;
        first_ = has_names_ ? 1 : 0;
        if (has_names_ || rows_.size() == 1 || !counts(0)) return;
        const auto no_integer = [&](const row& r) { return std::ranges::none_of(r.cells, is_integer); };
        if (cells.size() > 1 || std::all_of(rows_.begin() + 1, rows_.end(), no_integer))
            complain_of(0,
                        "must be a point or the numbers of the columns, and say which: write the point as 0.0,... or "
                        "remove the line",
                        quoted(rows_[0].text) + ", which can be either");
    }

    // All points have as many cells as the first, but for a separator that ends every line.
    void decide_width() {
        const auto ends = [](const row& r) { return r.cells.size() > 1 && r.cells.back().empty(); };
        size_t width = rows_[first_].cells.size(), names = has_names_ ? rows_[0].cells.size() : 0;
        const bool named = names >= width && !rows_[0].cells[width - 1].empty();
        if (!named && std::all_of(rows_.begin() + static_cast<std::ptrdiff_t>(first_), rows_.end(), ends)) {
            --width;
            for (size_t i = first_; i < rows_.size(); ++i) rows_[i].cells.pop_back();
        }
        if (names == width + 1 && rows_[0].cells.back().empty()) --names;
        for (size_t i = first_; i < rows_.size(); ++i)
            if (rows_[i].cells.size() != width)
                complain_of(i, "must have as many numbers as the first point, " + std::to_string(width),
                            std::to_string(rows_[i].cells.size()));
        if (has_names_ && names != width && names + 1 != width)
            complain_of(0, "must have a name for each column, " + std::to_string(width), std::to_string(names));
        for (size_t j = 1; j < names; ++j)
            if (rows_[0].cells[j].empty()) complain_of(0, j, "must have a name", "none");
        width_ = width;
        names_ = names;
    }

    // Does the first column count, or number the points in another order?
    bool counts_from(long long start) const {
        for (size_t i = first_; i < rows_.size(); ++i)
            if (!is_integer(rows_[i].cells[0]) ||
                integer_of(rows_[i].cells[0]) != start + static_cast<long long>(i - first_))
                return false;
        return true;
    }
    bool has_different_integers() const {
        std::vector<long long> values;
        for (size_t i = first_; i < rows_.size(); ++i) {
            if (!is_integer(rows_[i].cells[0])) return false;
            values.push_back(integer_of(rows_[i].cells[0]));
        }
        std::ranges::sort(values);
        return std::ranges::adjacent_find(values) == values.end();
    }
    bool has_words() const {
        return std::all_of(rows_.begin() + static_cast<std::ptrdiff_t>(first_), rows_.end(),
                           [&](const row& r) { return is_word(r.cells[0]); });
    }

    void decide_index() {
        static constexpr string_view of_index[] = {"index", "Index", "id", "ID", "Id", "idx", "row"};
        const string remedy = ": name all columns, or remove the index";
        const bool unnamed = has_names_ && (names_ < width_ || rows_[0].cells[0].empty() ||
                                            rows_[0].cells[0] == "Unnamed: 0" || numbered_);
        if (unnamed) {
            if (!has_different_integers() && !has_words())
                complain_of(0, "must say whether the first column is an index or a coordinate" + remedy,
                            "no name over " + quoted(rows_[first_].cells[0]));
            if (width_ < 2) complain_of(first_, "must have a coordinate beside its index", "none");
            skipped_ = 1;
        } else if (width_ > 1 && rows_.size() - first_ > 1 && (counts_from(0) || counts_from(1)) &&
                   (!has_names_ || std::ranges::find(of_index, rows_[0].cells[0]) != std::end(of_index))) {
            complain_of(first_, "must say whether the first column is an index or a coordinate" + remedy,
                        "a column " + string(rows_[first_].cells[0]) + "," + string(rows_[first_ + 1].cells[0]) +
                            ",... " + (has_names_ ? "of name " + quoted(rows_[0].cells[0]) : "without a name"));
        }
    }

    string file_;
    std::vector<row> rows_;
    size_t first_ = 0, width_ = 0, names_ = 0, skipped_ = 0;
    bool has_names_ = false, numbered_ = false, decimal_comma_ = false;
};

} // namespace

points points_of(string_view text, const string& file) {
    return table_of_points(text, file).numbers();
}

points read_points(const string& file) {
    return points_of(contents(file), file);
}

} // namespace support

// SPDX-License-Identifier: MIT
#include "input.hpp"

#include <charconv>
#include <cmath>
#include <filesystem>

namespace support {

using cdl::index_t;

std::string shown(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 32 || static_cast<unsigned char>(c) > 126) c = '?';
    return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

void complain(const std::string& file, const std::string& key, const std::string& requirement, const std::string& got) {
    throw bad_input(shown(file) + ": " + key + ": " + requirement + "; got " + got);
}

std::ifstream open(const std::string& file) {
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) complain(file, "file", "must be a file", "a directory");
    std::ifstream in(file, std::ios::binary);
    if (!in)
        complain(file, "file", "must be readable",
                 std::filesystem::exists(file, error) ? "no permission" : "no such file");
    return in;
}

points read_points(const std::string& file) {
    auto in = open(file);
    points data;
    std::string row;
    bool first = true;
    for (std::size_t line = 1; std::getline(in, row); ++line) {
        if (line == 1 && row.starts_with("\xef\xbb\xbf")) row.erase(0, 3);
        const auto strip = [](std::string_view s) {
            while (!s.empty() && (s.front() == ' ' || s.front() == '\t' || s.front() == '\r')) s.remove_prefix(1);
            while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r')) s.remove_suffix(1);
            return s;
        };
        std::string_view rest = strip(row);
        if (rest.empty()) continue;
        std::vector<double> point;
        std::size_t words = 0;
        std::string word;
        for (bool more = true; more;) {
            const auto comma = rest.find(',');
            more = comma != std::string_view::npos;
            auto field = strip(rest.substr(0, comma));
            rest = more ? rest.substr(comma + 1) : std::string_view();
            auto digits = field.starts_with('+') ? field.substr(1) : field;
            double value = 0;
            const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
            const bool numeric = !digits.empty() && end == digits.data() + digits.size();
            if (!numeric && words++ == 0) word = std::string(field);
            if (numeric && (error != std::errc() || !std::isfinite(value)))
                complain(file, "line " + std::to_string(line), "must have finite numbers", shown(std::string(field)));
            point.push_back(value);
        }
        const bool names = first && words == point.size();
        first = false;
        if (names) continue;
        if (words > 0)
            complain(file, "line " + std::to_string(line), "must have numbers, comma separated",
                     "\"" + shown(word) + "\"");
        if (data.dim == 0) data.dim = static_cast<index_t>(point.size());
        if (static_cast<index_t>(point.size()) != data.dim)
            complain(file, "line " + std::to_string(line),
                     "must have as many numbers as the first point, " + std::to_string(data.dim),
                     std::to_string(point.size()));
        data.numbers.insert(data.numbers.end(), point.begin(), point.end());
    }
    if (data.numbers.empty()) complain(file, "file", "must have at least one point", "none");
    return data;
}

} // namespace support

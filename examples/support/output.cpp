// SPDX-License-Identifier: MIT
#include "output.hpp"

#include "input.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace support {

void table::row(const std::vector<std::string>& words, const std::vector<double>& numbers) {
    std::string line;
    for (const auto& w : words) line += (line.empty() ? "" : ",") + w;
    for (const double v : numbers) line += (line.empty() ? "" : ",") + text(v);
    rows += line + "\n";
}

output::output(const std::string& folder) : folder_(folder) {
    if (folder.empty()) throw bad_input("--out: must be a name; got nothing");
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    const auto probe = std::filesystem::path(folder) / ".probe";
    if (!std::ofstream(probe)) throw bad_input("--out: must be a folder that can be written; got " + shown(folder));
    std::filesystem::remove(probe, error);
}

void output::write(const std::string& file, const std::string& content) const {
    std::ofstream out(std::filesystem::path(folder_) / file, std::ios::binary);
    if (!out) throw bad_input("--out: must be a folder that can be written; got " + shown(folder_));
    out << content;
    out.close();
    if (!out) throw bad_input("--out: must have room; got a write error");
}

void output::csv(const std::string& name, const table& numbers) {
    write(name + ".csv", numbers.header + "\n" + numbers.rows);
}

void output::svg(const std::string& name, const std::string& script, int width, int height) {
    const std::string figure = plot_.svg(script, width, height);
    if (!figure.empty())
        write(name + ".svg", "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"no\"?>\n" + figure + "\n");
}

void output::png(const std::string& name, const std::string& script, int width, int height) {
    const std::string figure = plot_.png(script, width, height);
    if (!figure.empty()) write(name + ".png", figure);
}

std::string text(double number) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.7g", number);
    return buffer;
}

} // namespace support

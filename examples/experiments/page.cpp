// SPDX-License-Identifier: MIT
#include "page.hpp"

#include <cdl/version.hpp>

#include "files.hpp"

#include <torch/version.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>

namespace experiments {
namespace {

constexpr char style[] = R"(
body { font: 16px/1.5 "DejaVu Sans", Arial, sans-serif; color: #222; background: #fff; max-width: 62em; margin: 2em auto;
       padding: 0 1em; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5em; border-top: 1px solid #ccc; padding-top: 1em; }
figure { margin: 1.5em 0; overflow-x: auto; } figure img { max-width: 100%; }
figcaption, caption { color: #555; font-size: 14px; text-align: left; } caption { padding-bottom: .4em; }
table { border-collapse: collapse; margin: 1.5em 0; font-size: 14px; }
th, td { padding: .2em .8em; border-bottom: 1px solid #ddd; text-align: left; }
th { border-bottom: 2px solid #888; } .number { text-align: right; font-variant-numeric: tabular-nums; }
code { background: #f3f3f3; padding: 0 .2em; overflow-wrap: anywhere; } dl { font-size: 14px; color: #444;
       display: grid; grid-template-columns: max-content auto; gap: .1em 1em; } dt { font-weight: bold; } dd { margin: 0; }
)";

std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> parts;
    std::istringstream in(line);
    for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
    return parts;
}

bool is_number(const std::string& text) {
    char* end = nullptr;
    std::strtod(text.c_str(), &end);
    return !text.empty() && *end == '\0';
}

/// A number as the page shows it; a dash for NaN, which is what a standard error of a single seed is.
std::string shown_number(const std::string& text) {
    const double number = std::strtod(text.c_str(), nullptr);
    char shorter[32];
    std::snprintf(shorter, sizeof shorter, "%.4g", number);
    return number == number ? shorter : "-";
}

std::string base64(const std::string& bytes) {
    constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k) text += i + k <= bytes.size() ? digits[group >> (18 - 6 * k) & 63] : '=';
    }
    return text;
}

/// The name of the processor as Linux tells it.
std::string machine() {
    std::ifstream in("/proc/cpuinfo");
    std::string name = "unknown processor", line;
    while (std::getline(in, line))
        if (line.starts_with("model name") && line.find(": ") != std::string::npos) {
            name = line.substr(line.find(": ") + 2);
            break;
        }
    return name + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores";
}

std::string today() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[40];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
    return text;
}

} // namespace

std::string escaped(const std::string& text) {
    std::string html;
    for (const char c : text) {
        const auto* replaced = c == '&'   ? "&amp;"
                               : c == '<' ? "&lt;"
                               : c == '>' ? "&gt;"
                               : c == '"' ? "&quot;"
                                          : nullptr;
        if (replaced != nullptr)
            html += replaced;
        else
            html += c;
    }
    return html;
}

std::string paragraph(const std::string& text) {
    std::string html;
    bool code = false;
    for (const char c : escaped(text)) {
        if (c == '`')
            html += (code = !code) ? "<code>" : "</code>";
        else
            html += c;
    }
    return "<p>" + html + (code ? "</code>" : "") + "</p>\n";
}

std::string figure(const support::output& from, const std::string& name, const std::string& caption) {
    for (const auto& [ending, type] : {std::pair{".svg", "svg+xml"}, std::pair{".png", "png"}}) {
        const std::string file = from.folder() + "/" + name + ending;
        if (!std::filesystem::exists(file)) continue;
        return "<figure><img alt=\"" + escaped(caption) + "\" src=\"data:image/" + type + ";base64," +
               base64(read_file(file)) + "\">\n<figcaption>" + escaped(caption) + "</figcaption></figure>\n";
    }
    return paragraph("No figure here, for want of gnuplot: " + caption);
}

std::string table_of(const support::output& from, const std::string& name, const std::string& caption) {
    std::istringstream in(read_file(from.folder() + "/" + name + ".csv"));
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(in, line);) rows.push_back(split(line));
    std::vector<bool> numeric(rows.empty() ? 0 : rows[0].size(), true);
    for (std::size_t i = 1; i < rows.size(); ++i)
        for (std::size_t k = 0; k < std::min(rows[i].size(), numeric.size()); ++k)
            numeric[k] = numeric[k] && is_number(rows[i][k]);
    std::string html = "<table>\n<caption>" + escaped(caption) + "</caption>\n";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        html += i == 0 ? "<thead><tr>" : "<tr>";
        for (std::size_t k = 0; k < rows[i].size(); ++k) {
            const bool number = k < numeric.size() && numeric[k];
            std::string cell = rows[i][k];
            if (i == 0) std::replace(cell.begin(), cell.end(), '_', ' ');
            if (i > 0 && number) cell = shown_number(cell);
            const std::string tag = i == 0 ? "th" : "td";
            html += "<" + tag + (number ? " class=\"number\">" : ">") + escaped(cell) + "</" + tag + ">";
        }
        html += i == 0 ? "</tr></thead>\n<tbody>\n" : "</tr>\n";
    }
    return html + (rows.empty() ? "" : "</tbody>\n") + "</table>\n";
}

void write_section(const experiment& of, const settings& chosen, const std::vector<job>& jobs, const std::string& body,
                   const std::string& command) {
    double seconds = 0;
    for (const auto& j : jobs) seconds += seconds_of(chosen.out, j);
    std::string seeds = "1";
    for (index_t s = 2; s <= chosen.seeds; ++s) seeds += ", " + std::to_string(s);
    std::string html = "<section id=\"" + of.name + "\">\n<h2>" + escaped(of.title) + "</h2>\n" + body + "<dl>\n";
    const auto fact = [&](const char* what, const std::string& value) {
        html += std::string("<dt>") + what + "</dt><dd>" + value + "</dd>\n";
    };
    fact("Size", chosen.full ? "full" : "small");
    fact("Seeds", seeds);
    std::vector<std::string> told;
    for (const auto& j : jobs) { // jobs that differ by nothing but their seed are told once
        const std::string text = std::regex_replace(j.settings, std::regex("seed [0-9]+"), "each seed");
        if (std::find(told.begin(), told.end(), text) == told.end()) told.push_back(text);
    }
    for (const auto& text : told) fact("Settings", escaped(text));
    char number[64];
    std::snprintf(number, sizeof number, "%zu, %.0f seconds one after the other", jobs.size(), seconds);
    fact("Jobs", number);
    fact("Machine", escaped(machine()));
    fact("Date", today());
    fact("Version", std::string("cdl ") + cdl::version + ", LibTorch " TORCH_VERSION);
    fact("Command", "<code>" + escaped(command) + "</code>");
    make_folder(chosen.out + "/sections");
    write_whole(chosen.out + "/sections/" + of.name + ".html", html + "</dl>\n</section>\n");
}

std::string write_page(const std::string& out) {
    std::string sections, contents;
    for (const auto& e : all_experiments()) {
        const std::string file = out + "/sections/" + e.name + ".html";
        if (!std::filesystem::exists(file)) continue;
        sections += read_file(file);
        contents += "<li><a href=\"#" + e.name + "\">" + escaped(e.title) + "</a></li>\n";
    }
    if (sections.empty()) support::complain("--out", "sections", "must be there: run an experiment first", "none");
    const std::string file = out + "/index.html";
    write_whole(
        file, std::string("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n") +
                  "<meta name=\"viewport\" content=\"width=device-width\">\n<title>cdl: experiments</title>\n<style>" +
                  style + "</style>\n</head>\n<body>\n<h1>Experiments with networks</h1>\n<ul>\n" + contents +
                  "</ul>\n" + sections + "</body>\n</html>\n");
    return file;
}

} // namespace experiments

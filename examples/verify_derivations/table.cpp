// SPDX-License-Identifier: MIT
#include "table.hpp"

#include <cdl/version.hpp>

#include <nlohmann/json.hpp>

#include <cstdio>
#include <ostream>

namespace verify {

std::string scientific(double number) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.1e", number);
    return buffer;
}

std::string quantity(const line& l) {
    return l.data + ": " + l.claim + (l.printed_error ? "; as printed off by " + scientific(*l.printed_error) : "");
}

namespace {

constexpr std::size_t claim_width = 86;

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

std::string right(const std::string& text, std::size_t width) {
    return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

/// Cuts a text into lines of at most `width`, at spaces.
std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
    std::vector<std::string> lines;
    for (std::size_t first = 0; first < text.size();) {
        std::size_t count = text.size() - first;
        if (count > width) {
            const auto space = text.rfind(' ', first + width);
            count = space == std::string::npos || space <= first ? width : space - first;
        }
        lines.push_back(text.substr(first, count));
        first += count;
        while (first < text.size() && text[first] == ' ') ++first;
    }
    return lines;
}

} // namespace

void print_section(std::ostream& out, const section& s, bool colours) {
    const auto paint = [&](const char* code, const std::string& text) {
        return colours ? "\x1b[" + std::string(code) + "m" + text + "\x1b[0m" : text;
    };
    out << '\n' << paint("1", s.heading) << '\n';
    const bool errata = !s.lines.empty() && s.lines.front().printed_error.has_value();
    const std::size_t width = errata ? claim_width - 10 : claim_width;
    out << "  " << padded("equation", 19) << padded(errata ? "correction" : "what is compared with what", width + 1)
        << right("points", 7) << (errata ? right("printed", 10) : "") << right("error", 9) << right("bound", 8) << '\n';
    for (const line& l : s.lines) {
        const auto text = wrapped(l.claim, width);
        out << "  " << padded(l.equation, 19) << padded(text[0], width + 1) << right(std::to_string(l.error.points), 7);
        if (errata) out << right(l.printed_error ? scientific(*l.printed_error) : "", 10);
        char bound[32];
        std::snprintf(bound, sizeof bound, l.bound < 1 ? "%.0e" : "%g", l.bound);
        out << right(scientific(l.error.value), 9) << right(bound, 8) << "  "
            << (l.holds() ? paint("32", "holds") : paint("1;31", "FAILS")) << '\n';
        for (std::size_t i = 1; i < text.size(); ++i) out << std::string(21, ' ') << text[i] << '\n';
    }
}

void print_summary(std::ostream& out, const std::vector<section>& sections, double seconds) {
    std::size_t lines = 0, fails = 0;
    for (const auto& s : sections)
        for (const auto& l : s.lines) ++lines, fails += l.holds() ? 0 : 1;
    char time[32];
    std::snprintf(time, sizeof time, "%.1f", seconds);
    out << '\n'
        << (fails == 0 ? "All " + std::to_string(lines) + " lines hold"
                       : std::to_string(fails) + " of " + std::to_string(lines) + " lines FAIL")
        << " (" << time << " s).\n";
}

void write_csv(std::ostream& out, const std::vector<section>& sections) {
    out << "equation,quantity,points,max_error,bound,holds\n";
    for (const auto& s : sections) {
        for (const auto& l : s.lines) {
            std::string text;
            for (const char c : quantity(l)) text += c == '"' ? "\"\"" : std::string(1, c);
            char tail[96];
            std::snprintf(tail, sizeof tail, ",%ld,%.6g,%g,%s\n", l.error.points, l.error.value, l.bound,
                          l.holds() ? "true" : "false");
            out << l.equation << ",\"" << text << '"' << tail;
        }
    }
}

void write_json(std::ostream& out, const std::vector<section>& sections) {
    nlohmann::ordered_json all;
    all["program"] = "verify_derivations";
    all["version"] = cdl::version;
    bool holds = true;
    all["lines"] = nlohmann::ordered_json::array();
    for (const auto& s : sections) {
        for (const auto& l : s.lines) {
            nlohmann::ordered_json one{{"equation", l.equation},   {"quantity", quantity(l)},
                                       {"points", l.error.points}, {"max_error", l.error.value},
                                       {"bound", l.bound},         {"holds", l.holds()}};
            if (l.printed_error) one["printed_error"] = *l.printed_error;
            all["lines"].push_back(std::move(one));
            holds = holds && l.holds();
        }
    }
    all["holds"] = holds;
    out << all.dump(2) << '\n';
}

} // namespace verify

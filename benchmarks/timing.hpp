// SPDX-License-Identifier: MIT
#pragma once

// Two things timed in turn, and their ratios: what a noisy machine lets one say.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace benchmarks {

template <class Run>
double milliseconds(const Run& run) {
    const auto start = std::chrono::steady_clock::now();
    run();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

inline double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

struct pair_of_times {
    double numerator, denominator, ratio; ///< medians; ms
};

/// The medians of two things timed in turn, and of their ratio.
template <class A, class B>
pair_of_times in_turn(int repetitions, const A& numerator, const B& denominator) {
    std::vector<double> a, b, ratios;
    numerator(), denominator(); // warm
    for (int r = 0; r < repetitions; ++r) {
        a.push_back(milliseconds(numerator));
        b.push_back(milliseconds(denominator));
        ratios.push_back(a.back() / b.back());
    }
    return {median(a), median(b), median(ratios)};
}

/// The lines of the report as JSON, too.
struct report {
    std::vector<std::string> lines;

    void add(const std::string& what, const std::string& method, const std::string& policy, const pair_of_times& t) {
        std::printf("%-26s %-22s %-8s %10.3f %10.3f %8.3f\n", what.c_str(), method.c_str(), policy.c_str(), t.numerator,
                    t.denominator, t.ratio);
        std::fflush(stdout);
        char line[256];
        std::snprintf(line, sizeof line,
                      R"({"what": "%s", "method": "%s", "policy": "%s", "ms": %.4f, "of_ms": %.4f, "ratio": %.4f})",
                      what.c_str(), method.c_str(), policy.c_str(), t.numerator, t.denominator, t.ratio);
        lines.push_back(line);
    }
    void write(const char* file) const {
        std::ofstream out(file);
        out << "[\n";
        for (std::size_t i = 0; i < lines.size(); ++i) out << "  " << lines[i] << (i + 1 < lines.size() ? ",\n" : "\n");
        out << "]\n";
    }
};

} // namespace benchmarks

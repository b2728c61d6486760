// SPDX-License-Identifier: MIT
#pragma once

// Picard sampling as it was published [Shih et al. 2023, alg. 1], for a batch of points on a line, with loops and vectors
// and nothing of the library but the denoiser: what the library's sweeps are compared with.

#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

namespace cdl::test {

/// One step of a sampler on a line: z' = A z + B eps_hat(z, level) + C noise, and the posterior variance of the step.
struct line_step {
    double level, A, B, C, variance;
};

struct paradigms_result {
    std::vector<double> ends;  ///< of each point
    int sweeps = 0, calls = 0; ///< calls: time steps summed over the sweeps
};

/// noise[i][j] is that of step j of point i.
inline paradigms_result paradigms(const std::vector<line_step>& steps, const std::vector<double>& start,
                                  const std::vector<std::vector<double>>& noise,
                                  const std::function<double(double, double)>& eps_hat, int window, double tolerance) {
    const int T = static_cast<int>(steps.size());
    const auto at = [](const auto& v, int k) -> auto& { return v[static_cast<std::size_t>(k)]; };
    std::vector<std::vector<double>> X; // of each point
    for (const double z : start) X.emplace_back(steps.size() + 1, z);
    paradigms_result result;
    for (int b = 0, e = std::min(window, T); b < T;) {
        int first_failing = e - b;
        for (std::size_t i = 0; i < X.size(); ++i) {
            auto& x = X[i];
            std::vector<double> increment;
            for (int j = b; j < e; ++j) {
                const auto& s = at(steps, j);
                increment.push_back(s.A * at(x, j) + s.B * eps_hat(at(x, j), s.level) + s.C * at(noise[i], j) -
                                    at(x, j));
            }
            double sum = at(x, b);
            for (int j = b; j < e; ++j) {
                sum += at(increment, j - b);
                const double moved = sum - at(x, j + 1);
                const double variance = j + 1 < T ? at(steps, j + 1).variance : 0;
                if (!(moved * moved <= tolerance * tolerance * variance))
                    first_failing = std::min(first_failing, j - b);
                x[static_cast<std::size_t>(j + 1)] = sum;
            }
        }
        ++result.sweeps;
        result.calls += e - b;
        const int stride = std::min(1 + first_failing, e - b), old_end = e;
        b += stride;
        e = std::min(b + window, T);
        for (auto& x : X)
            for (int j = old_end + 1; j <= e; ++j) x[static_cast<std::size_t>(j)] = at(x, old_end);
    }
    for (const auto& x : X) result.ends.push_back(x.back());
    return result;
}

} // namespace cdl::test

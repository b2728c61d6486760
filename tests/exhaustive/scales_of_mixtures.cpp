// SPDX-License-Identifier: MIT
// Random mixtures of all scales: no integral that says it has converged misses its tolerance by a factor of ten. Too long for the
// default run; the smaller sweep is in density/convergence.cpp.
//
//     scales_of_mixtures [DIMENSION [MIXTURES [SEED [TOLERANCE]]]]        1 10000 1 1e-10
//
// Scales are 1e-6 to 1e6, components 1 to 64, their widths up to 1000 times apart, their distances up to 1e6 of the scale. Points lie in
// a component, or 100 of its widths away, or anywhere. The truth is the closed form in long double; errors are relative to
// values above 1.

#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/nll.hpp>
#include <cdl/exec/serial.hpp>
#if defined(CDL_HAS_SIMD)
#include <cdl/exec/simd.hpp>
#endif

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>

namespace {

using namespace cdl;
#if defined(CDL_HAS_SIMD)
constexpr exec::simd policy;
#else
constexpr exec::serial policy;
#endif

/// Uniform numbers, one after the other.
struct uniforms {
    std::uint64_t seed;
    index_t mixture, next = 0;

    double operator()() { return random::uniform({seed}, mixture, 0, next++); }
    double between(double low, double high) { return low + (high - low) * (*this)(); }
};

template <index_t D>
struct components {
    std::vector<double> weights, means, variances;

    components(uniforms& u, double scale, double far) {
        const auto count = static_cast<int>(std::exp(u.between(0, std::log(64.999))));
        const double spread = u.between(0, 1.7);
        for (int k = 0; k < count; ++k) {
            weights.push_back(std::pow(10, u.between(-3, 0)));
            for (index_t j = 0; j < D; ++j) {
                const double size = u() < 0.5 ? 1 : std::pow(10, u.between(-6, 0)); // near each other, some of them
                means.push_back(scale * far * size * u.between(-1, 1));
                const double deviation = scale * std::pow(10, spread * u.between(-1, 1));
                variances.push_back(deviation * deviation);
            }
        }
    }

    std::array<double, D> point(uniforms& u, double anywhere) const {
        const auto k =
            std::min(weights.size() - 1, static_cast<std::size_t>(u() * static_cast<double>(weights.size())));
        const bool lost = u() < 0.1;
        const double distance = u() < 0.7 ? 2 : std::pow(10, u.between(0, 2));
        std::array<double, D> x;
        for (std::size_t j = 0; j < x.size(); ++j)
            x[j] = lost ? anywhere * u.between(-1, 1)
                        : means[k * D + j] + distance * std::sqrt(variances[k * D + j]) * u.between(-1, 1);
        return x;
    }

    double nll(const std::array<double, D>& x) const {
        std::vector<long double> logs;
        long double total = 0, sum = 0;
        for (std::size_t k = 0; k < weights.size(); ++k) {
            long double l = std::log(static_cast<long double>(weights[k]));
            for (std::size_t j = 0; j < x.size(); ++j) {
                const auto at = static_cast<long double>(x[j]), mean = static_cast<long double>(means[k * D + j]),
                           v = static_cast<long double>(variances[k * D + j]), offset = at - mean;
                l -= (offset * offset / v + std::log(2 * std::numbers::pi_v<long double> * v)) / 2;
            }
            logs.push_back(l);
            total += static_cast<long double>(weights[k]);
        }
        const long double top = *std::ranges::max_element(logs);
        for (const auto l : logs) sum += std::exp(l - top);
        return static_cast<double>(std::log(total) - top - std::log(sum));
    }
};

template <index_t D>
int sweep(index_t mixtures, std::uint64_t seed, double tolerance) {
    index_t results = 0, converged = 0, missed = 0, right = 0, most_calls = 0;
    double worst = 0, calls = 0;
    for (index_t m = 0; m < mixtures; ++m) {
        uniforms u{seed, m};
        const double scale = std::pow(10, u.between(-6, 6)), far = std::pow(10, u.between(0, 6));
        const components<D> c(u, scale, far);
        const distribution::gaussian_mixture<double, D, distribution::covariance::diagonal> data(c.weights, c.means,
                                                                                                 c.variances);
        std::vector<std::array<double, D>> x;
        for (int i = 0; i < 3; ++i) x.push_back(c.point(u, scale * far));
        const auto nll = density::nll(policy, denoiser::optimal(data), x, density::quadrature{.tolerance = tolerance});
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double truth = c.nll(x[i]);
            const double off = std::abs(nll[i].value - truth) / (tolerance * std::max(1., std::abs(truth)));
            ++results;
            calls += static_cast<double>(nll[i].denoiser_calls);
            most_calls = std::max(most_calls, nll[i].denoiser_calls);
            if (!nll[i].converged) {
                right += off <= 10;
                continue;
            }
            ++converged;
            worst = std::max(worst, off);
            if (off <= 10) continue;
            ++missed;
            std::printf("mixture %td, point %zu: %.12g for %.12g, %g tolerances off\n", m, i, nll[i].value, truth, off);
        }
    }
    std::printf(
        "%td-D, tolerance %g: %td integrals, %td converged, %td of them more than 10 tolerances off, the worst %.3g;\n"
        "%td of the others are right; %.0f evaluations for an integral, %td at most\n",
        D, tolerance, results, converged, missed, worst, right, calls / static_cast<double>(results), most_calls);
    return missed == 0 ? 0 : 1;
}

} // namespace

int main(int count, char** words) {
    const auto word = [&](int i, const char* otherwise) { return count > i ? words[i] : otherwise; };
    const auto mixtures = std::atol(word(2, "10000"));
    const auto seed = static_cast<std::uint64_t>(std::atol(word(3, "1")));
    const double tolerance = std::atof(word(4, "1e-10"));
    return std::atoi(word(1, "1")) == 1 ? sweep<1>(mixtures, seed, tolerance) : sweep<2>(mixtures, seed, tolerance);
}

// SPDX-License-Identifier: MIT

// How fast the exact denoiser of a Gaussian mixture is, under each policy, beside a loop written by hand for one
// case and beside the rate at which this core evaluates exponentials, which every component needs one of.
//
//   points/s      points of the batch
//   components/s  (point, component) pairs; compare with the exp ceiling
//   bytes/s       bytes of z read and of the result written
//
// The medians of interleaved repetitions, so that a disturbance hits all lines alike:
//
//   bench_exact_denoiser --benchmark_enable_random_interleaving=true --benchmark_repetitions=9
//       --benchmark_report_aggregates_only=true --benchmark_out=speed.json --benchmark_out_format=json
//
// The ratios, and the share of the exp ceiling that one core reaches, are printed at the end, from the medians of the
// same run. docs/benchmarks.md says what they were.

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized" // GCC 12 about its own AVX-512 header, PR 105593
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/nll.hpp>
#include <cdl/exec/openmp.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/exec/simd.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace cdl;
using enum distribution::covariance;

constexpr log_snr<double> level{1.5};

/// Rates that turn a benchmark's time into points, components and bytes a second.
void count(benchmark::State& state, double points, double components, double bytes) {
    using benchmark::Counter;
    const double runs = static_cast<double>(state.iterations());
    state.counters["points/s"] = Counter(points * runs, Counter::kIsRate);
    state.counters["components/s"] = Counter(points * components * runs, Counter::kIsRate);
    state.counters["bytes/s"] = Counter(points * bytes * runs, Counter::kIsRate, Counter::kIs1024);
}

/// K components with means of size 2 and standard deviations about 0.3, in d dimensions.
template <class T, index_t D, distribution::covariance C>
distribution::gaussian_mixture<T, D, C> some_mixture(index_t components, index_t d) {
    const random::noise_stream stream{7, random::purpose::user};
    std::vector<T> weights, means, covariances;
    for (index_t k = 0; k < components; ++k) {
        weights.push_back(T(0.2 + random::uniform(stream, 0, k)));
        for (index_t j = 0; j < d; ++j) means.push_back(T(2 * random::normal(stream, 1, k, j)));
        if constexpr (C == isotropic) {
            covariances.push_back(T(0.02 + 0.1 * random::uniform(stream, 2, k)));
        } else {
            for (index_t i = 0; i < d; ++i)
                for (index_t j = 0; j < d; ++j) {
                    double entry = i == j ? 0.05 : 0; // 0.05 I + A A^T
                    for (index_t l = 0; l < d; ++l)
                        entry += 0.1 / static_cast<double>(d) *
                                 (random::normal(stream, 3, k, i * d + l) * random::normal(stream, 3, k, j * d + l));
                    covariances.push_back(T(entry));
                }
        }
    }
    return {weights, means, covariances};
}

/// A mixture, its denoiser, and n noisy points at the level.
template <class T, index_t D, distribution::covariance C>
struct problem {
    distribution::gaussian_mixture<T, D, C> mixture;
    std::vector<T> z, eps_hat;
    index_t n, d;

    problem(index_t points, index_t components, index_t dim)
        : mixture(some_mixture<T, D, C>(components, dim)), z(static_cast<std::size_t>(points * dim)), eps_hat(z.size()),
          n(points), d(dim) {
        const batch_view<T, D> x(eps_hat.data(), n, d), noisy(z.data(), n, d);
        const random::noise_stream stream{1, random::purpose::channel};
        mixture.draw(exec::serial{}, stream, 0, x);
        channel::draw_noise(exec::serial{}, stream, 0, noisy);
        channel::add_noise(exec::serial{}, x, log_snr<T>{T(level.value)}, noisy, noisy);
    }
};

template <class T, index_t D, distribution::covariance C, class P>
void denoise(benchmark::State& state, P policy, index_t n, index_t components, index_t d) {
    problem<T, D, C> p(n, components, d);
    const denoiser::optimal f(p.mixture);
    const batch_view<const T, D> z(p.z.data(), n, d);
    const batch_view<T, D> eps_hat(p.eps_hat.data(), n, d);
    for (auto _ : state) {
        f(policy, z, log_snr<T>{T(level.value)}, eps_hat);
        benchmark::ClobberMemory();
    }
    count(state, double(n), double(components), double(2 * d) * sizeof(T));
}

template <class T, index_t D, distribution::covariance C, class P>
void log_density(benchmark::State& state, P policy, index_t n, index_t components, index_t d) {
    problem<T, D, C> p(n, components, d);
    const denoiser::optimal f(p.mixture);
    const batch_view<const T, D> z(p.z.data(), n, d);
    for (auto _ : state) {
        policy.template for_each_lanes<T>(n, [=, out = p.eps_hat.data()]<class S>(lanes<S> i) {
            local_point<S, D> point(d);
            for (index_t j = 0; j < d; ++j) point[j] = load(z, i, j);
            scatter(i, f.log_density(point, log_snr<S>{S(T(level.value))}),
                    [=](index_t at, const T& value) { out[at] = value; });
        });
        benchmark::ClobberMemory();
    }
    count(state, double(n), double(components), double(d + 1) * sizeof(T));
}

/// Every query has its own level, noise and noisy point, which are made, denoised and reduced in one pass.
template <class T, class P>
void monte_carlo_nll(benchmark::State& state, P policy) {
    problem<T, 2, isotropic> p(16, 64, 2);
    const denoiser::optimal f(p.mixture);
    const batch_view<const T, 2> x(p.z.data(), 16, 2);
    density::monte_carlo rule;
    rule.levels = 2048;
    for (auto _ : state) benchmark::DoNotOptimize(density::nll(policy, f, x, rule));
    count(state, double(16 * rule.levels), 64, 0);
}

template <class T, class P>
void normals(benchmark::State& state, P policy) {
    const index_t n = 1 << 16;
    std::vector<T> numbers(static_cast<std::size_t>(2 * n));
    const batch_view<T, 2> eps(numbers.data(), n, 2);
    for (auto _ : state) {
        channel::draw_noise(policy, {1, random::purpose::user}, 0, eps);
        benchmark::ClobberMemory();
    }
    count(state, double(2 * n), 0, sizeof(T));
}

/// Exponentials of numbers that are already in registers, four independent streams.
template <class T>
void exp_ceiling(benchmark::State& state) {
    using pack = exec::simd_pack<T>;
    const index_t rounds = 1 << 14;
    for (auto _ : state) {
        pack x(T(-3)), sums[4] = {pack(T(0)), pack(T(0)), pack(T(0)), pack(T(0))};
        for (index_t i = 0; i < rounds; ++i) {
            x = x * pack(T(1.00001));
            for (int s = 0; s < 4; ++s) sums[s] = sums[s] + math::exp_nonpositive(x - pack(T(s)));
        }
        for (auto& sum : sums) benchmark::DoNotOptimize(sum);
    }
    count(state, double(4 * rounds) * static_cast<double>(pack::size), 1, 0);
}

/// The batch denoiser as one would write it by hand for 64 components in two dimensions: no views, no policies, no
/// groups, the coordinates of a pack of points in registers, all 64 log terms on the stack, then the weights; with
/// the same exponential.
template <class T, bool Rotated>
void by_hand(benchmark::State& state, index_t n) {
    using pack = exec::simd_pack<T>;
    constexpr index_t K = 64;
    constexpr index_t width = static_cast<index_t>(pack::size);
    constexpr auto shape = Rotated ? full : isotropic;
    problem<T, 2, shape> p(n, K, 2);
    struct component {
        T log_weight, mean[2], precision[2], axis[2][2];
    };
    std::vector<component> table;
    const distribution::detail::components_at<T, T, 2, shape> c(p.mixture.view(), {T(level.value)});
    for (index_t k = 0; k < K; ++k) {
        component t{c.log_weight(k), {c.mean(k, 0), c.mean(k, 1)}, {c.precision(k, 0), c.precision(k, 1)}, {}};
        if constexpr (Rotated)
            for (index_t j = 0; j < 2; ++j)
                for (index_t i = 0; i < 2; ++i) t.axis[j][i] = c.axis(k, j, i);
        table.push_back(t);
    }
    const T* const z = p.z.data();
    T* const eps_hat = p.eps_hat.data();
    const T noise = noise_scale(log_snr<T>{T(level.value)});
    for (auto _ : state) {
        for (index_t i = 0; i < n; i += width) {
            alignas(64) T first[width], second[width];
            for (index_t l = 0; l < width; ++l) first[l] = z[2 * (i + l)];
            for (index_t l = 0; l < width; ++l) second[l] = z[2 * (i + l) + 1];
            const pack z0 = pack::load_aligned(first), z1 = pack::load_aligned(second);
            pack terms[K], along0[K], along1[K], largest(std::numeric_limits<T>::lowest());
            for (index_t k = 0; k < K; ++k) {
                const component& t = table[static_cast<std::size_t>(k)];
                const pack d0 = z0 - pack(t.mean[0]), d1 = z1 - pack(t.mean[1]);
                if constexpr (Rotated) {
                    along0[k] = pack(t.axis[0][0]) * d0 + pack(t.axis[0][1]) * d1;
                    along1[k] = pack(t.axis[1][0]) * d0 + pack(t.axis[1][1]) * d1;
                    terms[k] = pack(t.log_weight) - pack(t.precision[0] / 2) * along0[k] * along0[k] -
                               pack(t.precision[1] / 2) * along1[k] * along1[k];
                } else {
                    terms[k] = pack(t.log_weight) - pack(t.precision[0] / 2) * (d0 * d0 + d1 * d1);
                }
                largest = xsimd::max(terms[k], largest);
            }
            pack sum(T(0)), out0(T(0)), out1(T(0));
            for (index_t k = 0; k < K; ++k) {
                const component& t = table[static_cast<std::size_t>(k)];
                const pack weight = math::exp_nonpositive(terms[k] - largest);
                sum = sum + weight;
                if constexpr (Rotated) {
                    const pack pull0 = weight * pack(t.precision[0]) * along0[k];
                    const pack pull1 = weight * pack(t.precision[1]) * along1[k];
                    out0 = out0 + pull0 * pack(t.axis[0][0]) + pull1 * pack(t.axis[1][0]);
                    out1 = out1 + pull0 * pack(t.axis[0][1]) + pull1 * pack(t.axis[1][1]);
                } else {
                    const pack pull = weight * pack(t.precision[0]);
                    out0 = out0 + pull * (z0 - pack(t.mean[0]));
                    out1 = out1 + pull * (z1 - pack(t.mean[1]));
                }
            }
            const pack factor = pack(noise) / sum;
            (out0 * factor).store_aligned(first);
            (out1 * factor).store_aligned(second);
            for (index_t l = 0; l < width; ++l) eps_hat[2 * (i + l)] = first[l];
            for (index_t l = 0; l < width; ++l) eps_hat[2 * (i + l) + 1] = second[l];
        }
        benchmark::ClobberMemory();
    }
    count(state, double(n), double(K), 4.0 * sizeof(T));
}

/// Lines of one thread are timed by the processor's clock, which does not run while others have the core; lines of
/// several threads by the wall's.
template <class Run, class... Rest>
void add(const std::string& name, Run run, Rest... rest) {
    auto* line = benchmark::RegisterBenchmark(name.c_str(), run, rest...)->Unit(benchmark::kMillisecond);
    if (name.ends_with("/openmp")) line->UseRealTime();
}

/// One line for each policy.
template <class Lines>
void for_each_policy(const std::string& name, Lines lines) {
    lines(name + "/serial", exec::serial{});
    lines(name + "/simd", exec::simd{});
    lines(name + "/openmp", exec::openmp{});
}

template <class T>
void add_all(const std::string& type) {
    add(type + "/exp_ceiling", exp_ceiling<T>);
    const index_t n = 1 << 17;
    for_each_policy(type + "/denoise_64_isotropic_2d",
                    [=](const auto& s, auto p) { add(s, denoise<T, 2, isotropic, decltype(p)>, p, n, 64, 2); });
    add(type + "/denoise_64_isotropic_2d/by_hand", by_hand<T, false>, n);
    for_each_policy(type + "/denoise_64_full_2d",
                    [=](const auto& s, auto p) { add(s, denoise<T, 2, full, decltype(p)>, p, n, 64, 2); });
    add(type + "/denoise_64_full_2d/by_hand", by_hand<T, true>, n);
    for_each_policy(type + "/denoise_16_full_16d",
                    [=](const auto& s, auto p) { add(s, denoise<T, 16, full, decltype(p)>, p, n / 16, 16, 16); });
    for_each_policy(type + "/log_density_64_isotropic_2d",
                    [=](const auto& s, auto p) { add(s, log_density<T, 2, isotropic, decltype(p)>, p, n, 64, 2); });
    for_each_policy(type + "/nll_monte_carlo_64_isotropic_2d",
                    [=](const auto& s, auto p) { add(s, monte_carlo_nll<T, decltype(p)>, p); });
    for_each_policy(type + "/normals", [=](const auto& s, auto p) { add(s, normals<T, decltype(p)>, p); });
}

/// How the cost grows: points, components, dimension; float, simd.
void add_growth() {
    using P = exec::simd;
    for (const index_t n : {1 << 16, 1 << 18, 1 << 20})
        add("growth/points_" + std::to_string(n), denoise<float, 2, isotropic, P>, P{}, n, 64, 2);
    for (const index_t k : {1, 4, 16, 64, 256, 1024})
        add("growth/components_" + std::to_string(k), denoise<float, 2, isotropic, P>, P{}, 1 << 14, k, 2);
    for (const index_t d : {2, 4, 8, 16, 32}) {
        add("growth/isotropic_dimension_" + std::to_string(d), denoise<float, dynamic, isotropic, P>, P{}, 1 << 12, 16,
            d);
        add("growth/full_dimension_" + std::to_string(d), denoise<float, dynamic, full, P>, P{}, 1 << 12, 16, d);
    }
}

/// Prints as usual and keeps the rates, for the ratios at the end.
class remembering_reporter : public benchmark::ConsoleReporter {
public:
    using ConsoleReporter::ConsoleReporter;

    void ReportRuns(const std::vector<Run>& runs) override {
        ConsoleReporter::ReportRuns(runs);
        for (const auto& run : runs) {
            const auto rate = run.counters.find("components/s"), points = run.counters.find("points/s");
            if (rate == run.counters.end() || (run.run_type == Run::RT_Aggregate && run.aggregate_name != "median"))
                continue;
            const auto name = run.run_name.function_name;
            rates_[name] = rate->second.value > 0 ? rate->second.value : points->second.value;
        }
    }

    void print_ratios() {
        std::printf("\n%-46s %14s %13s %13s %13s\n", "", "simd / serial", "openmp / simd", "by hand/simd",
                    "simd / exp");
        for (const auto& [name, rate] : rates_) {
            const auto at = name.rfind("/simd");
            if (at == std::string::npos) continue;
            const auto problem = name.substr(0, at);
            const auto ratio = [&](const std::string& over, bool inverse = false) {
                const auto found = rates_.find(over);
                if (found == rates_.end()) return std::string("-");
                char text[32];
                std::snprintf(text, sizeof text, "%.2f", inverse ? found->second / rate : rate / found->second);
                return std::string(text);
            };
            std::printf("%-46s %14s %13s %13s %13s\n", problem.c_str(), ratio(problem + "/serial").c_str(),
                        ratio(problem + "/openmp", true).c_str(), ratio(problem + "/by_hand", true).c_str(),
                        ratio(problem.substr(0, problem.find('/')) + "/exp_ceiling").c_str());
        }
    }

private:
    std::map<std::string, double> rates_;
};

} // namespace

int main(int argc, char** argv) {
    add_all<float>("float");
    add_all<double>("double");
    add_growth();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    remembering_reporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    reporter.print_ratios();
}

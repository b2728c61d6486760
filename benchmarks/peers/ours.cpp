// SPDX-License-Identifier: MIT

// The work that benchmarks/peers compares, done by cdl, and the ceilings of the machine:
//
//   bench_peers_ours THREADS mixture_isotropic N K D    the optimal denoiser of K components at N points
//   bench_peers_ours THREADS mixture_full N K D
//   bench_peers_ours THREADS empirical Q N D            the exact denoiser of N points at Q queries
//   bench_peers_ours THREADS mmd N D                    MMD^2 of two samples of N points
//   bench_peers_ours THREADS exp|fma|gemm               2^30 exponentials; 2^36 multiply-adds in registers, or of Eigen
//
// One run to warm up, then one for each line on the standard input; prints "ready", the seconds of each run, and at the
// end one line of JSON: some numbers of the result, by which peers.py is compared, and the peak memory in MB.
//
//   seq 5 | bench_peers_ours 2 mmd 20000 2

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized" // GCC 12 about its own AVX-512 header, PR 105593
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/exec/openmp.hpp>
#include <cdl/metric/mmd.hpp>
#include <cdl/version.hpp>

#include <Eigen/Core>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace cdl;
using enum distribution::covariance;
using numbers = std::vector<float>;

/// Number `index` of stream `seed`, uniform in [0, 1), the same as in peers.py.
double uniform(std::uint32_t seed, index_t index) {
    std::uint32_t h = static_cast<std::uint32_t>(index) * 0x9E3779B1u + seed * 0x85EBCA77u;
    h = (h ^ h >> 15) * 0x2C1B3C6Du;
    h = (h ^ h >> 12) * 0x297A2D39u;
    return static_cast<double>((h ^ h >> 15) >> 8) / (1 << 24);
}

/// `count` numbers of a stream, scaled to [low, high).
numbers uniforms(std::uint32_t seed, index_t count, double low, double high) {
    numbers u;
    for (index_t i = 0; i < count; ++i) u.push_back(static_cast<float>(low + (high - low) * uniform(seed, i)));
    return u;
}

/// Sixteen numbers of a result.
numbers sample(const numbers& result) {
    numbers some;
    for (std::size_t i = 0; i < 16; ++i) some.push_back(result[i * result.size() / 16]);
    return some;
}

/// What is run, and then asked for its numbers.
struct work {
    std::function<void()> run;
    std::function<numbers()> result;
};

template <index_t D, distribution::covariance C>
work mixture(exec::openmp policy, index_t n, index_t components, index_t d) {
    numbers covariances;
    if constexpr (C == isotropic) {
        covariances = uniforms(3, components, 0.02, 0.12);
    } else {
        for (index_t k = 0; k < components; ++k)
            for (index_t i = 0; i < d; ++i)
                for (index_t j = 0; j < d; ++j) { // 0.05 I + 0.1 / d A A^T
                    double entry = 0;
                    for (index_t l = 0; l < d; ++l)
                        entry += (2 * uniform(3, (k * d + i) * d + l) - 1) * (2 * uniform(3, (k * d + j) * d + l) - 1);
                    covariances.push_back(
                        static_cast<float>((i == j ? 0.05 : 0) + 0.1 / static_cast<double>(d) * entry));
                }
    }
    const auto density = std::make_shared<distribution::gaussian_mixture<float, D, C>>(
        uniforms(1, components, 0.5, 1.5), uniforms(2, components * d, -2, 2), covariances);
    const auto z = std::make_shared<numbers>(uniforms(4, n * d, -3, 3));
    const auto eps_hat = std::make_shared<numbers>(z->size());
    return {[=] {
                const denoiser::optimal f(*density);
                const batch_view<const float, D> from(z->data(), n, d);
                f(policy, from, log_snr{1.5f}, batch_view<float, D>(eps_hat->data(), n, d));
            },
            [=] { return sample(*eps_hat); }};
}

template <index_t D>
work empirical(exec::openmp policy, index_t queries, index_t n, index_t d) {
    const auto data = std::make_shared<distribution::empirical<float, D>>(uniforms(2, n * d, -2, 2), d,
                                                                          distribution::kernel_width{0.1f});
    const auto z = std::make_shared<numbers>(uniforms(4, queries * d, -3, 3));
    const auto eps_hat = std::make_shared<numbers>(z->size());
    const log_snr level{d < 16 ? 1.5f
                               : -4.0f}; // in many dimensions only much noise leaves a point more than one neighbour
    return {[=] {
                const denoiser::empirical f(*data);
                const batch_view<const float, D> from(z->data(), queries, d);
                f(policy, from, level, batch_view<float, D>(eps_hat->data(), queries, d));
            },
            [=] { return sample(*eps_hat); }};
}

template <index_t D>
work mmd(exec::openmp policy, index_t n, index_t d) {
    const auto x = std::make_shared<numbers>(uniforms(5, n * d, -2, 2));
    const auto y = std::make_shared<numbers>(uniforms(6, n * d, -1.75, 2.25));
    const auto kernel = metric::gaussian<float>::with_standard_deviation(d < 16 ? 0.5f : 8.0f);
    const auto estimate = std::make_shared<double>();
    return {[=] {
                const batch_view<const float, D> xs(x->data(), n, d), ys(y->data(), n, d);
                *estimate = metric::mmd(policy, kernel, xs, ys).unbiased;
            },
            [=] { return numbers{static_cast<float>(*estimate)}; }};
}

/// 2^30 evaluations, or as many multiply-adds with `rounds` of them, of packs in registers: `streams` independent ones.
template <int streams, class Step>
work in_registers(exec::openmp policy, index_t evaluations, const Step& step) {
    using pack = exec::simd_pack<float>;
    const index_t tasks = 64, rounds = evaluations / (tasks * streams * lanes<pack>::width);
    const auto sums = std::make_shared<numbers>(static_cast<std::size_t>(tasks));
    return {[=] {
                policy.for_each_index(tasks, [=](index_t task) {
                    pack x(-3.0f - static_cast<float>(task)), sum[streams];
                    for (int s = 0; s < streams; ++s) sum[s] = pack(0.1f * static_cast<float>(s));
                    for (index_t i = 0; i < rounds; ++i) {
                        x = x * pack(1.000001f);
                        for (int s = 0; s < streams; ++s) sum[s] = step(x, pack(static_cast<float>(s)), sum[s]);
                    }
                    float total = 0;
                    for (const pack& s : sum)
                        scatter(lanes<pack>{}, s, [&](index_t, float number) { total += number; });
                    (*sums)[static_cast<std::size_t>(task)] = total;
                });
            },
            [=] { return *sums; }};
}

/// Four times 2^34 multiply-adds: a product of two matrices of 2^12 x 2^10 and 2^10 x 2^12.
work matrix_product(exec::openmp policy) {
    using matrix = Eigen::MatrixXf;
    const auto a = std::make_shared<matrix>(matrix::Constant(1 << 12, 1 << 10, 0.5f));
    const auto b = std::make_shared<matrix>(matrix::Constant(1 << 10, 1 << 12, 0.25f));
    const auto c = std::make_shared<matrix>(1 << 12, 1 << 12);
    Eigen::setNbThreads(policy.threads);
    return {[=] {
                for (int i = 0; i < 4; ++i) c->noalias() = *a * *b;
            },
            [=] { return numbers{(*c)(0, 0)}; }};
}

work work_of(exec::openmp policy, const std::string& name, const std::vector<index_t>& sizes) {
    const auto size = [&](std::size_t i) { return sizes.at(i); };
    if (name == "mixture_isotropic")
        return (size(2) == 2 ? mixture<2, isotropic> : mixture<dynamic, isotropic>)(policy, size(0), size(1), size(2));
    if (name == "mixture_full")
        return (size(2) == 16 ? mixture<16, full> : mixture<dynamic, full>)(policy, size(0), size(1), size(2));
    if (name == "empirical")
        return (size(2) == 2 ? empirical<2> : empirical<dynamic>)(policy, size(0), size(1), size(2));
    if (name == "mmd") return (size(1) == 2 ? mmd<2> : mmd<dynamic>)(policy, size(0), size(1));
    if (name == "exp")
        return in_registers<4>(policy, index_t{1} << 30, [](const auto& x, const auto& s, const auto& sum) {
            return sum + math::exp_nonpositive(x - s);
        });
    if (name == "fma")
        return in_registers<12>(policy, index_t{1} << 36, []<class S>(const S&, const S&, const S& sum) {
            return multiply_add(sum, S(0.9f), S(0.1f));
        });
    if (name == "gemm") return matrix_product(policy);
    throw std::invalid_argument("no such work: " + name);
}

/// VmRSS, the memory in use, or VmHWM, its peak, in MB.
double memory(const std::string& kind) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(kind)) return std::atof(line.c_str() + kind.size() + 1) * 1024 / 1e6;
    return 0;
}

double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

} // namespace

int main(int argc, char** argv) try {
    if (argc < 3) throw std::invalid_argument("arguments: THREADS WORK SIZES...");
    std::vector<index_t> sizes;
    for (int i = 3; i < argc; ++i) sizes.push_back(std::atoll(argv[i]));
    const work w = work_of(exec::openmp{.threads = std::atoi(argv[1])}, argv[2], sizes);
    const double before = memory("VmRSS");
    w.run();
    std::cout << "ready" << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        const double start = seconds();
        w.run();
        std::cout << seconds() - start << std::endl;
    }
    std::cout.precision(9);
    std::cout << R"({"version": ")" << CDL_VERSION_STRING << R"(", "memory_before": )" << before
              << ", \"memory_peak\": " << memory("VmHWM") << ", \"sample\": [";
    const char* comma = "";
    for (const float number : w.result()) std::cout << std::exchange(comma, ", ") << number;
    std::cout << "]}" << std::endl;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
}

// SPDX-License-Identifier: MIT
// A denoiser that is asked at the levels of a table: which one, and that it is asked there and nowhere else.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/denoiser/guided.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/quantised.hpp>

#include <distribution/empirical_oracle.hpp>
#include <distribution/testing.hpp>

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using denoiser::level_rule, denoiser::lift, denoiser::optimal, denoiser::sorted_levels, denoiser::with_quantised_levels;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Says at which level it was asked.
struct echo {
    template <class Z, class S, class E>
    CDL_HD void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        for (index_t j = 0; j < static_cast<index_t>(z.size()); ++j) eps_hat[j] = a.value;
    }
};

using tested = with_quantised_levels<echo, float>;
static_assert(std::is_trivially_copyable_v<tested>);
static_assert(denoiser::point_denoiser<tested, float>);
static_assert(!tested::points_in_registers);
static_assert(with_quantised_levels<denoiser::guided<echo, echo>, float>::points_in_registers);
static_assert(!std::is_constructible_v<sorted_levels<float>, std::vector<log_snr<float>>&&>);
static_assert(denoiser::tabulating_denoiser<with_quantised_levels<optimal<double, 2, covariance::isotropic>, double>,
                                            exec::serial, double>);
static_assert(!denoiser::tabulating_denoiser<tested, exec::serial, float>);
static_assert(
    denoiser::divergent_denoiser<with_quantised_levels<optimal<double, 2, covariance::isotropic>, double>, double>);
#if defined(CDL_HAS_SIMD)
static_assert(denoiser::point_denoiser<tested, exec::simd_pack<float>>);
#endif

template <class T>
std::vector<log_snr<T>> table_of(const std::vector<double>& numbers) {
    std::vector<log_snr<T>> table;
    for (const double v : numbers) table.push_back({static_cast<T>(v)});
    return table;
}

/// What a table does to a level, by looking at all of it.
template <class T>
T by_search(const std::vector<log_snr<T>>& table, T a, level_rule rule) {
    if (a != a) return a;
    const auto [noisiest, cleanest] = std::minmax(table.front().value, table.back().value);
    const T within = std::clamp(a, noisiest, cleanest);
    const auto rank = [&](T b) { // smaller is better: first those on the right side, then the near, then the noisy ones
        const bool wrong_side =
            (rule == level_rule::cleaner && b < within) || (rule == level_rule::noisier && within < b);
        return std::tuple(wrong_side, std::abs(b - within), b);
    };
    T best = table[0].value;
    for (const auto& level : table)
        if (rank(level.value) < rank(best)) best = level.value;
    return best;
}

} // namespace

TEST_CASE_TEMPLATE("the level that is asked is the one that a search through the table finds", T, float, double) {
    std::vector<double> asked{-infinity, infinity, std::nan(""), 0};
    for (double a = -9; a < 9; a += .125) asked.push_back(a);
    const auto n = static_cast<index_t>(asked.size());
    std::vector<T> z(asked.size()), got(asked.size());
    std::vector<log_snr<T>> levels = table_of<T>(asked);
    for (std::vector<double> numbers : {std::vector<double>{-7, -3, -2.5, 0, .25, 1, 4, 8}, {1.5}, {-2, 3}})
        for (const bool descending : {false, true})
            for (const auto rule : {level_rule::nearest, level_rule::cleaner, level_rule::noisier}) {
                std::sort(numbers.begin(), numbers.end());
                if (descending) std::reverse(numbers.begin(), numbers.end());
                const auto table = table_of<T>(numbers);
                const with_quantised_levels f(echo{}, table, rule);
                test::for_each_policy([&](const std::string& name, const auto& policy) {
                    lift(f)(policy, z, level_view<T>(levels.data(), n), got);
                    CAPTURE(name);
                    for (std::size_t i = 0; i < got.size(); ++i) {
                        CAPTURE(asked[i]);
                        const T want = by_search(table, levels[i].value, rule);
                        CHECK((got[i] == want || (got[i] != got[i] && want != want)));
                    }
                });
                for (const auto& a : levels)
                    if (a.value == a.value)
                        CHECK(table[static_cast<std::size_t>(f.step_of(a))].value == by_search(table, a.value, rule));
            }
}

TEST_CASE("at the levels of the table nothing changes, in between the estimate is that of another level") {
    const gaussian_mixture<double, 2, covariance::isotropic> mixture({1, 2}, {-1, 0, 2, 1}, {.5, 1});
    const optimal f(mixture);
    const auto table = table_of<double>({6, 4, 2, 0, -2, -4}); // as the steps of DDPM run
    const with_quantised_levels g(f, table, level_rule::cleaner);
    CHECK(g.dim() == 2);
    CHECK(g.step_of(log_snr{3.}) == 1); // the floor of 1.5
    CHECK(g.step_of(log_snr{2.}) == 2);
    CHECK(g.step_of(log_snr{-9.}) == 5);
    const std::array z{.4, -1.7};
    for (const double a : {6., 4., 3.1, -1., -3.9, -4.}) {
        std::array<double, 2> want{}, got{};
        const log_snr asked{std::min(6., std::ceil(a / 2) * 2)};
        f(z, asked, want);
        g(z, log_snr{a}, got);
        CHECK(got == want);
        CHECK(g.divergence(z, log_snr{a}) == f.divergence(z, asked));
        f(exec::serial{}, as_batch(z), asked, want); // by a table of the mixture at that level
        lift(g)(exec::serial{}, as_batch(z), log_snr{a}, got);
        CHECK(got == want);
    }
}

TEST_CASE("levels may be many, and borrowed, and the level of a dual number is a constant") {
    std::vector<log_snr<double>> table;
    for (int t = 0; t < 1000; ++t) table.push_back({9 - .019 * t});
    const with_quantised_levels f(echo{}, std::span<const log_snr<double>>(table));
    for (int t = 0; t < 1000; ++t) {
        CHECK(f.step_of(log_snr{9 - .019 * (t + .49)}) == t);
        CHECK(f.step_of(log_snr{9 - .019 * (t - .49)}) == t);
    }
    using dual = Eigen::AutoDiffScalar<Eigen::Matrix<double, 1, 1>>;
    const auto level = f.level_for(log_snr{dual(3.3, 1, 0)});
    CHECK(level.value.value() == f.level_for(log_snr{3.3}).value);
    CHECK(level.value.derivatives()[0] == 0);
}

TEST_CASE("tables that are empty, unordered or no numbers are refused") {
    const auto refused = [](const std::vector<double>& numbers) {
        const auto table = table_of<double>(numbers);
        return test::refusal([&] { with_quantised_levels(echo{}, table); });
    };
    CHECK(refused({}) == "cdl::denoiser::sorted_levels: levels: must not be empty; got 0");
    CHECK(refused({1, 2, 1}) ==
          "cdl::denoiser::sorted_levels: levels: must be in order, without repetition; got 1 after 2");
    CHECK(refused({2, 2}) ==
          "cdl::denoiser::sorted_levels: levels: must be in order, without repetition; got 2 after 2");
    CHECK(refused({1, std::nan("")}).find("must be numbers") != std::string::npos);
    CHECK(refused({-infinity, infinity}).empty());
}

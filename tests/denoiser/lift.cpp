// SPDX-License-Identifier: MIT
// A lifted denoiser gives every point what the point denoiser gives it, under every policy, layout and batch size.

#include <cdl/denoiser/optimal.hpp>

#include <distribution/testing.hpp>

#include <cmath>
#include <vector>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;

namespace {

/// An isotropic mixture of three components in d dimensions.
template <class T, index_t D>
gaussian_mixture<T, D, covariance::isotropic> three_components(index_t d) {
    std::vector<T> means;
    for (index_t i = 0; i < 3 * d; ++i)
        means.push_back(static_cast<T>(random::normal({3, random::purpose::user}, 0, i)));
    return {{T(.2), T(.5), T(.3)}, means, {T(.5), T(1), T(2)}};
}

template <class T>
std::vector<log_snr<T>> levels_of(index_t n) {
    std::vector<log_snr<T>> levels;
    for (index_t i = 0; i < n; ++i)
        levels.push_back({static_cast<T>(16 * random::uniform({4, random::purpose::level}, 0, i) - 8)});
    return levels;
}

/// A batch of n points in any layout: point-major, coord-major, or with gaps between coordinates and points.
template <class T, index_t D, class Layout>
struct batch_in {
    std::vector<T> numbers;
    batch_view<T, D, Layout> view;

    batch_in(index_t n, index_t d) {
        const bool gaps = std::is_same_v<Layout, strided>;
        numbers.assign(static_cast<std::size_t>(n * d * (gaps ? 2 : 1) + (gaps ? 3 * n : 0)), T(-77));
        if constexpr (std::is_same_v<Layout, strided>)
            view = batch_view<T, D, Layout>(numbers.data(), n, d, 2 * d + 3, 2);
        else
            view = batch_view<T, D, Layout>(numbers.data(), n, d);
    }

    /// Numbers that belong to no point are still what they were.
    bool gaps_are_untouched() const {
        std::size_t count = 0;
        for (const T& v : numbers) count += v == T(-77) ? 1u : 0u;
        return count + static_cast<std::size_t>(view.size() * view.dim()) == numbers.size();
    }
};

/// The largest error of the lifted against the point denoiser, in units of epsilon times the size of z; and whether
/// policies that promise each other the same bits keep the promise.
template <class T, index_t D, class FromLayout, class ToLayout>
void check_lift(index_t d, const std::vector<index_t>& sizes, double bound) {
    const auto mixture = three_components<T, D>(d);
    const denoiser::optimal f(mixture);
    double worst = 0, worst_serial = 0;
    for (const index_t n : sizes) {
        batch_in<T, D, FromLayout> z(n, d);
        for (index_t i = 0; i < n; ++i)
            for (index_t j = 0; j < d; ++j)
                z.view(i, j) = static_cast<T>(2 * random::normal({5, random::purpose::channel}, 0, i, j));
        const auto own = levels_of<T>(n);
        for (const bool common : {false, true}) {
            const level_view<T> levels = common ? level_view<T>(log_snr{T(1.25)}) : level_view<T>(own.data(), n);
            std::vector<T> expected(static_cast<std::size_t>(n * d));
            for (index_t i = 0; i < n; ++i) {
                point_view<T> to(expected.data() + i * d, d);
                f(z.view[i], levels[i], to);
            }
            std::vector<T> packed;
            test::for_each_policy([&](const std::string& name, const auto& policy) {
                batch_in<T, D, ToLayout> eps_hat(n, d);
                f(policy, z.view, levels, eps_hat.view);
                CHECK(eps_hat.gaps_are_untouched());
                std::vector<T> got;
                for (index_t i = 0; i < n; ++i)
                    for (index_t j = 0; j < d; ++j) {
                        const T want = expected[static_cast<std::size_t>(i * d + j)];
                        got.push_back(eps_hat.view(i, j));
                        const double error = static_cast<double>(std::abs(got.back() - want)) /
                                             (test::epsilon<T> * std::max(1., static_cast<double>(std::abs(want))));
                        test::keep_largest(name == "serial" && !common ? worst_serial : worst, error);
                    }
                if (name == "serial") return;
                if (packed.empty()) packed = got;
                CHECK((got.empty() || std::memcmp(packed.data(), got.data(), sizeof(T) * got.size()) == 0));
            });
        }
    }
    const std::string what = "lift, " + std::to_string(8 * sizeof(T)) + " bits, d = " + std::to_string(d);
    CHECK_MESSAGE(worst_serial == 0, what, ", serial: not the bits of the point denoiser");
    test::check_within(what + " / epsilon", worst, bound);
}

const std::vector<index_t> all_sizes{0, 1, 7, 597, 65537};

} // namespace

TEST_CASE("lifting agrees with the point denoiser, point-major floats") {
    check_lift<float, 2, point_major, point_major>(2, all_sizes, 40);
}
TEST_CASE("lifting agrees with the point denoiser, coord-major to strided doubles") {
    check_lift<double, 2, coord_major, strided>(2, all_sizes, 30);
}
TEST_CASE("lifting agrees with the point denoiser, strided to coord-major doubles of dynamic dimension") {
    check_lift<double, dynamic, strided, coord_major>(3, {0, 1, 7, 597}, 20);
}
TEST_CASE("lifting agrees with the point denoiser, floats wider than what fits into registers") {
    check_lift<float, dynamic, point_major, strided>(70, {0, 1, 7, 597}, 1);
}
TEST_CASE("lifting agrees with the point denoiser at the width that just fits into registers") {
    check_lift<double, dynamic, coord_major, point_major>(local_point_capacity, {0, 1, 7, 101}, 12);
}

TEST_CASE("a point's bits do not depend on its place in a batch, nor on the batch's size") {
    const auto mixture = three_components<float, 2>(2);
    const denoiser::optimal f(mixture);
    const index_t n = 101;
    batch_in<float, 2, point_major> z(n, 2), whole(n, 2), part(n, 2);
    for (index_t i = 0; i < n; ++i)
        for (index_t j = 0; j < 2; ++j)
            z.view(i, j) = static_cast<float>(random::normal({6, random::purpose::channel}, 0, i, j));
    const auto own = levels_of<float>(n);
    test::for_each_policy([&](const std::string& name, const auto& policy) {
        CAPTURE(name);
        for (const bool common : {false, true}) {
            const level_view<float> levels =
                common ? level_view<float>(log_snr{1.25f}) : level_view<float>(own.data(), n);
            f(policy, z.view, levels, whole.view);
            for (const index_t first : {0, 1, 5, 60})
                for (const index_t count : {1, 2, 15, 41}) {
                    const level_view<float> some = common ? levels : level_view<float>(own.data() + first, count);
                    f(policy, z.view.slice(first, count), some, part.view.slice(0, count));
                    CHECK(std::memcmp(part.numbers.data(), whole.numbers.data() + 2 * first,
                                      sizeof(float) * static_cast<std::size_t>(2 * count)) == 0);
                }
        }
    });
}

TEST_CASE("levels may have a stride of their own") {
    const auto mixture = three_components<double, 1>(1);
    const denoiser::optimal f(mixture);
    const std::vector<double> z{-1, 0, 2};
    const std::vector<log_snr<double>> levels{{-3}, {99}, {0}, {99}, {4}};
    std::vector<double> eps_hat(3), one(1);
    f(exec::serial{}, z, level_view<double>(levels.data(), 3, 2), eps_hat);
    for (std::size_t i = 0; i < 3; ++i) {
        f(exec::serial{}, std::span(&z[i], 1), level_view<double>(&levels[2 * i], 1), one);
        CHECK(eps_hat[i] == one[0]);
    }
}

TEST_CASE("wrong arguments are refused before anything is written") {
    const auto mixture = three_components<double, dynamic>(2);
    const denoiser::optimal f(mixture);
    std::vector<double> z(6, 1.), eps_hat(6, -77.), fewer(4, -77.);
    const level_view<double> level(log_snr{0.});
    const std::vector<log_snr<double>> two_levels{{0}, {1}};
    const auto refused = [&](const auto& from, const level_view<double>& at, auto&& to) {
        return test::refusal([&] { f(exec::serial{}, from, at, to); });
    };
    const auto from = as_batch(z, 2);
    CHECK(refused(from, level, as_batch(fewer, 2)) ==
          "cdl::denoiser::lifted: eps_hat: must have the shape of z; got 2 x 2 for 3 x 2");
    CHECK(refused(from, level, as_batch(eps_hat, 3)) ==
          "cdl::denoiser::lifted: eps_hat: must have the shape of z; got 2 x 3 for 3 x 2");
    CHECK(refused(as_batch(z, 3), level, as_batch(eps_hat, 3)) ==
          "cdl::denoiser::lifted: z: must have the dimension of the denoiser; got 3 for 2");
    CHECK(refused(from, level_view<double>(two_levels), as_batch(eps_hat, 2)) ==
          "cdl::denoiser::lifted: levels: must be one, or one for each point; got 2 for 3 points");
    CHECK(refused(from, level, as_batch(z, 2)) == "cdl::denoiser::lifted: eps_hat: must not be z; got the same memory");
    CHECK(refused(from, level, batch_view<double, dynamic, strided>(eps_hat.data(), 3, 2, 0, 1)) ==
          "cdl::denoiser::lifted: eps_hat: points must not share memory; got point stride 0");
    CHECK(refused(from, level, batch_view<double, dynamic, strided>(eps_hat.data(), 3, 2, 2, 0)) ==
          "cdl::denoiser::lifted: eps_hat: coordinates must not share memory; got coordinate stride 0");
    CHECK(z == std::vector<double>(6, 1.));
    CHECK(eps_hat == std::vector<double>(6, -77.));
    CHECK(refused(as_batch(z, 2).slice(0, 0), level, as_batch(eps_hat, 2).slice(0, 0)) ==
          ""); // no points: no complaint
}

#if defined(CDL_HAS_OPENMP)
TEST_CASE("an exception in a thread reaches the caller") {
    CHECK_THROWS_AS(exec::openmp{2}.for_each_index(100,
                                                   [](index_t i) {
                                                       if (i == 77) throw std::domain_error("77");
                                                   }),
                    std::domain_error);
}
#endif

// SPDX-License-Identifier: MIT
// The exact denoiser of a data set: against brute force, against the mixture that it is, under every policy, in every
// layout, and its limits. Errors are in units of epsilon times the conditioning (see empirical_oracle.hpp).

#include <cdl/adapter/eigen.hpp>
#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/prediction.hpp>
#if defined(CDL_HAS_XTENSOR)
#include <cdl/adapter/xtensor.hpp>
#endif

#include <distribution/empirical_oracle.hpp>
#include <laws/density_laws.hpp>
#include <support/scalars.hpp>

#include <array>

using namespace cdl;
using distribution::kernel_width;
using test::check_within, test::keep_largest;

static_assert(denoiser::exact_denoiser<denoiser::empirical<double, 2>, double>);
static_assert(denoiser::exact_denoiser<denoiser::empirical<float>, float>);
static_assert(denoiser::batch_denoiser<denoiser::empirical<double>, exec::serial, double>);
static_assert(!std::is_constructible_v<denoiser::empirical<double, 2>, distribution::empirical<double, 2>&&>);
#if defined(CDL_HAS_SIMD)
static_assert(denoiser::exact_denoiser<denoiser::empirical<float, 2>, exec::simd_pack<float>>);
#endif

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const std::vector<double> levels{-20, -6, -1, 0, 2, 5, 9, 14, 20};

template <class T>
std::vector<log_snr<T>> levels_of(index_t m) {
    std::vector<log_snr<T>> own;
    for (index_t i = 0; i < m; ++i)
        own.push_back({static_cast<T>(levels[static_cast<std::size_t>(i) % levels.size()])});
    return own;
}

/// Points in small clusters, some of them twice.
template <class T>
std::vector<T> clustered_points(index_t n, index_t d) {
    auto numbers = test::normal_points<T>(n, d);
    for (index_t i = 0; i < n; ++i)
        for (index_t j = 0; j < d; ++j) {
            const auto at = static_cast<std::size_t>(i * d + j), leader = static_cast<std::size_t>(i % 5 * d + j);
            numbers[at] = static_cast<T>(3 * numbers[leader] + (i % 3 == 0 ? T(0) : T(1e-3) * numbers[at]));
        }
    return numbers;
}

struct errors {
    double eps_hat = 0, x_hat = 0;
};

/// One point at a time, on numbers or packs.
template <class S, index_t D>
errors point_errors(const distribution::empirical<lane_t<S>, D>& data) {
    using T = lane_t<S>;
    constexpr index_t count = 70, width = lane_traits<S>::size;
    const denoiser::empirical f(data);
    const index_t d = data.dim();
    const auto numbers = test::noisy_points(data.view(), count, levels);
    const batch_view<const T> z(numbers.data(), count, d);
    const auto own = levels_of<T>(count);
    std::vector<T> hats(numbers.size()), means(numbers.size());
    for (index_t i = 0; i < count; i += width) {
        const lanes<S> group{i, std::min(width, count - i)};
        const log_snr<S> a = load(level_view<T>(own), group);
        std::vector<S> at, eps_hat(static_cast<std::size_t>(d), S(T(0))), x_hat = eps_hat;
        for (index_t j = 0; j < d; ++j) at.push_back(load(z, group, j));
        f(at, a, eps_hat);
        f.posterior_mean(at, a, x_hat);
        for (index_t j = 0; j < d; ++j) {
            store(batch_view<T>(hats.data(), count, d), group, j, eps_hat[static_cast<std::size_t>(j)]);
            store(batch_view<T>(means.data(), count, d), group, j, x_hat[static_cast<std::size_t>(j)]);
        }
    }
    errors worst;
    for (index_t i = 0; i < count; ++i) {
        const auto truth =
            test::truth_of(data.view(), z[i], static_cast<double>(own[static_cast<std::size_t>(i)].value));
        keep_largest(worst.eps_hat,
                     test::point_error<T>(batch_view<T>(hats.data(), count, d)[i], truth.eps_hat, truth.eps_hat_size));
        keep_largest(worst.x_hat,
                     test::point_error<T>(batch_view<T>(means.data(), count, d)[i], truth.x_hat, truth.x_hat_size));
    }
    return worst;
}

template <class S, index_t D>
void check_points(index_t n, index_t d) {
    using T = lane_t<S>;
    const std::string of = test::scalar_name<S>() + " / epsilon";
    for (const double h : {0., 0.3}) {
        const kernel_width<T> width{static_cast<T>(h)};
        for (const auto& points : {test::normal_points<T>(n, d), test::normal_points<T>(n, d, 1000),
                                   test::normal_points<T>(n, d, 0, 1e-6), clustered_points<T>(n, d)}) {
            const auto worst = point_errors<S>(distribution::empirical<T, D>(std::vector<T>(points), d, width));
            // of dynamic dimension sums are not compensated: a rounding for each group of 64 points
            check_within("empirical eps_hat, " + of, worst.eps_hat, D == dynamic ? 6 : 3);
            check_within("empirical x_hat, " + of, worst.x_hat, D == dynamic ? 6 : 3);
        }
    }
}

/// n points in any layout, those in between untouched.
template <class T, class Layout>
struct batch_in {
    std::vector<T> numbers;
    batch_view<T, dynamic, Layout> view;

    batch_in(index_t n, index_t d) : numbers(static_cast<std::size_t>(n * (2 * d + 3)), T(-77)) {
        if constexpr (std::is_same_v<Layout, strided>)
            view = batch_view<T, dynamic, Layout>(numbers.data(), n, d, 2 * d + 3, 2);
        else
            view = batch_view<T, dynamic, Layout>(numbers.data(), n, d);
    }
    bool gaps_are_untouched() const {
        return std::count(numbers.begin(), numbers.end(), T(-77)) + view.size() * view.dim() ==
               static_cast<index_t>(numbers.size());
    }
};

/// A batch under every policy: its error, and the same bits from all policies on packs and from serial's point by point.
template <class T, class FromLayout, class ToLayout>
double batch_error(index_t n, index_t d, index_t m, T width) {
    const distribution::empirical<T> data(test::normal_points<T>(n, d), d, kernel_width{width});
    const denoiser::empirical f(data);
    const auto numbers = test::noisy_points(data.view(), m, levels);
    batch_in<T, FromLayout> z(m, d);
    for (index_t i = 0; i < m; ++i)
        for (index_t j = 0; j < d; ++j) z.view(i, j) = numbers[static_cast<std::size_t>(i * d + j)];
    const auto own = levels_of<T>(m);
    double worst = 0;
    for (const bool common : {false, true}) {
        const level_view<T> at = common ? level_view<T>(log_snr{T(1)}) : level_view<T>(own.data(), m);
        const index_t checked = m * n * d > 1000000 ? 3 : m; // brute force is slow
        std::vector<test::cloud_truth> truth;
        for (index_t i = 0; i < checked && i < m; ++i)
            truth.push_back(test::truth_of(data.view(), z.view[i], static_cast<double>(at[i].value)));
        std::vector<T> packed;
        test::for_each_policy([&](const std::string& name, const auto& policy) {
            batch_in<T, ToLayout> eps_hat(m, d);
            f(policy, z.view, at, eps_hat.view);
            CHECK(eps_hat.gaps_are_untouched());
            for (std::size_t i = 0; i < truth.size(); ++i)
                keep_largest(worst, test::point_error<T>(eps_hat.view[static_cast<index_t>(i)], truth[i].eps_hat,
                                                         truth[i].eps_hat_size));
            if (name == "serial") return;
            if (packed.empty()) packed = eps_hat.numbers;
            CHECK(packed == eps_hat.numbers);
        });
    }
    return worst;
}

} // namespace

TEST_CASE_TEMPLATE("eps_hat and x_hat of single points are the sums over all points", S, CDL_TEST_SCALARS) {
    for (const index_t n : {1, 2, 7, 597}) {
        check_points<S, 1>(n, 1);
        check_points<S, 2>(n, 2);
        check_points<S, 3>(n, 3);
        check_points<S, dynamic>(n, 2);
        check_points<S, dynamic>(n, 17);
    }
    check_points<S, dynamic>(7, 100);
}

TEST_CASE("long doubles too, than which the brute force is no more precise") {
    const distribution::empirical<long double, 2> data(test::normal_points<long double>(597, 2), 2);
    const auto worst = point_errors<long double>(data);
    check_within("empirical eps_hat, long double / epsilon", worst.eps_hat, 2);
    check_within("empirical x_hat, long double / epsilon", worst.x_hat, 2);
}

TEST_CASE("batches are right under every policy, whatever the sizes") {
    for (const float width : {0.f, 0.3f})
        for (const index_t d : {1, 2, 3, 5, 17, 64, 65, 100})
            for (const index_t n : {1, 2, 7, 597})
                for (const index_t m : {0, 1, 7, 97})
                    check_within("batch of floats / epsilon",
                                 batch_error<float, point_major, point_major>(n, d, m, width), 5);
    check_within("batch of floats, 784 coordinates / epsilon",
                 batch_error<float, point_major, point_major>(597, 784, 7, 0.f), 5);
    check_within("batch of floats, 784 coordinates / epsilon",
                 batch_error<float, point_major, point_major>(7, 784, 597, 0.f), 5);
    check_within("batch of floats, many points / epsilon",
                 batch_error<float, point_major, point_major>(5000, 2, 597, 0.f), 5);
    check_within("batch of floats, many points / epsilon",
                 batch_error<float, point_major, point_major>(5000, 17, 97, 0.f), 5);
}

TEST_CASE("batches in every layout") {
    for (const index_t d : {2, 5, 65}) {
        check_within("batch, coord-major to strided", batch_error<double, coord_major, strided>(97, d, 101, 0.), 5);
        check_within("batch, strided to coord-major", batch_error<double, strided, coord_major>(97, d, 101, 0.1), 5);
    }
}

TEST_CASE("containers of other libraries") {
    const Eigen::MatrixXd points = Eigen::MatrixXd::NullaryExpr(
        6, 50, [](Eigen::Index j, Eigen::Index i) { return random::normal({1, random::purpose::user}, 0, i, j); });
    const distribution::empirical data(points, kernel_width{0.2});
    const denoiser::empirical f(data);
    const Eigen::MatrixXd z = 2 * points.leftCols(7);
    Eigen::MatrixXd eps_hat(6, 7);
    f(exec::serial{}, z, log_snr{1.}, eps_hat);
    for (index_t i = 0; i < 7; ++i) {
        const auto truth = test::truth_of(data.view(), as_batch(z)[i], 1.);
        CHECK(test::point_error<double>(as_batch(eps_hat)[i], truth.eps_hat, truth.eps_hat_size) <= 2);
    }
#if defined(CDL_HAS_XTENSOR)
    xt::xtensor<double, 2> rows({7, 6}), of_rows({7, 6});
    for (std::size_t i = 0; i < 7; ++i)
        for (std::size_t j = 0; j < 6; ++j) rows(i, j) = z(static_cast<index_t>(j), static_cast<index_t>(i));
    f(exec::serial{}, rows, log_snr{1.}, of_rows);
    for (std::size_t i = 0; i < 7; ++i)
        for (std::size_t j = 0; j < 6; ++j)
            CHECK(of_rows(i, j) == eps_hat(static_cast<index_t>(j), static_cast<index_t>(i)));
#endif
}

TEST_CASE("a query's bits do not depend on its place in a batch, nor on the batch's size") {
    for (const index_t d : {2, 5, 65}) {
        const index_t m = 101;
        const distribution::empirical<float> data(test::normal_points<float>(300, d), d, kernel_width{0.1f});
        const denoiser::empirical f(data);
        const auto z = test::noisy_points(data.view(), m, levels);
        const auto own = levels_of<float>(m);
        std::vector<float> whole(z.size()), part(z.size());
        test::for_each_policy([&](const std::string& name, const auto& policy) {
            CAPTURE(name);
            f(policy, as_batch(z, d), level_view<float>(own), as_batch(whole, d));
            for (const index_t first : {0, 1, 5, 60})
                for (const index_t count : {1, 2, 15, 16, 33, 41}) {
                    f(policy, as_batch(z, d).slice(first, count), level_view<float>(own.data() + first, count),
                      as_batch(part, d).slice(0, count));
                    CHECK(std::equal(part.begin(), part.begin() + count * d, whole.begin() + first * d));
                }
        });
    }
}

TEST_CASE("sums over very many equal weights lose nothing") {
    // nearly pure noise: every point weighs the same, and a plain running sum of a million floats would be off by 1e-3
    const index_t n = 1000003;
    for (const index_t d : {2, 5}) {
        const distribution::empirical<float> data(test::normal_points<float>(n, d, 0.25), d);
        const denoiser::empirical f(data);
        const auto z = test::noisy_points(data.view(), 3, {-3.});
        std::vector<float> eps_hat(z.size());
        test::for_each_policy([&](const std::string& name, const auto& policy) {
            if (name == "serial" && d == 5) return; // slow
            f(policy, as_batch(z, d), log_snr{-3.f}, as_batch(eps_hat, d));
            for (index_t i = 0; i < 3; ++i) {
                const auto truth = test::truth_of(data.view(), as_batch(z, d)[i], -3.);
                check_within("a million floats, " + name + " / epsilon",
                             test::point_error<float>(as_batch(eps_hat, d)[i], truth.eps_hat, truth.eps_hat_size), 2);
            }
        });
    }
}

TEST_CASE("equal components of one width have this denoiser") {
    const index_t n = 97;
    for (const index_t d : {2, 6}) {
        const auto points = test::normal_points<double>(n, d);
        const distribution::empirical<double> data(as_batch(points, d), kernel_width{0.5});
        const distribution::gaussian_mixture<double, dynamic, distribution::covariance::isotropic> mixture(
            std::vector<double>(n, 1.), points, std::vector<double>(n, 0.25));
        const denoiser::empirical f(data);
        const denoiser::optimal g(mixture);
        const auto z = test::noisy_points(data.view(), 97, levels);
        const auto own = levels_of<double>(97);
        std::vector<double> got(z.size()), want(z.size()), x_hat(static_cast<std::size_t>(d)), x_want = x_hat;
        double worst = 0;
        test::for_each_policy([&](const char*, const auto& policy) {
            f(policy, as_batch(z, d), level_view<double>(own), as_batch(got, d));
            g(policy, as_batch(z, d), level_view<double>(own), as_batch(want, d));
            for (std::size_t i = 0; i < z.size(); ++i)
                keep_largest(worst, std::abs(got[i] - want[i]) / std::max(1., std::abs(want[i])));
        });
        for (index_t i = 0; i < 97; ++i) {
            const auto a = own[static_cast<std::size_t>(i)];
            f.posterior_mean(as_batch(z, d)[i], a, x_hat);
            g.posterior_mean(as_batch(z, d)[i], a, x_want);
            for (std::size_t j = 0; j < x_hat.size(); ++j)
                keep_largest(worst, std::abs(x_hat[j] - x_want[j]) / std::max(1., std::abs(x_want[j])));
        }
        check_within("empirical against mixture, " + std::to_string(d) + "-D", worst, 2e-14);
    }
}

TEST_CASE("eps_hat = -noise_scale grad log p_a, the gradient by automatic differentiation [CDL eq. 9]") {
    using gradient = Eigen::Matrix<double, 3, 1>;
    using dual = Eigen::AutoDiffScalar<gradient>;
    for (const double h : {0., 0.4}) {
        const distribution::empirical<double, 3> data(test::normal_points<double>(50, 3), 3, kernel_width{h});
        const denoiser::empirical f(data);
        const auto numbers = test::noisy_points(data.view(), 90, levels);
        double worst = 0;
        for (index_t i = 0; i < 90; ++i) {
            const double a = levels[static_cast<std::size_t>(i) % levels.size()];
            const auto z = as_batch(numbers, 3)[i];
            std::array<dual, 3> at;
            std::array<double, 3> eps_hat{};
            for (int j = 0; j < 3; ++j) at[static_cast<std::size_t>(j)] = dual(z[j], 3, j);
            const dual log_p = f.log_density(at, log_snr<dual>{dual(a, gradient::Zero())});
            f(z, log_snr{a}, eps_hat);
            const auto truth = test::truth_of(data.view(), z, a);
            std::vector<long double> from_gradient;
            for (index_t j = 0; j < 3; ++j)
                from_gradient.push_back(test::wide(-noise_scale(log_snr{a}) * log_p.derivatives()[j]));
            keep_largest(worst, test::point_error<double>(eps_hat, from_gradient, truth.eps_hat_size));
        }
        check_within("empirical, Tweedie / epsilon", worst, 3);
    }
}

TEST_CASE("z = signal_scale x_hat + noise_scale eps_hat") {
    const distribution::empirical<double> data(test::normal_points<double>(50, 6), 6, kernel_width{0.2});
    const denoiser::empirical f(data);
    const auto numbers = test::noisy_points(data.view(), 90, levels);
    std::vector<double> eps_hat(6), x_hat(6);
    double worst = 0;
    for (index_t i = 0; i < 90; ++i) {
        const log_snr a{levels[static_cast<std::size_t>(i) % levels.size()]};
        const auto z = as_batch(numbers, 6)[i];
        f(z, a, eps_hat);
        f.posterior_mean(z, a, x_hat);
        const auto truth = test::truth_of(data.view(), z, a.value);
        const double size =
            noise_scale(a) * static_cast<double>(truth.eps_hat_size) + static_cast<double>(truth.x_hat_size);
        for (std::size_t j = 0; j < 6; ++j) {
            const double z_again = signal_scale(a) * x_hat[j] + noise_scale(a) * eps_hat[j];
            keep_largest(worst, std::abs(z_again - z[static_cast<index_t>(j)]) / size);
        }
    }
    check_within("empirical, z = signal + noise / epsilon", worst / test::epsilon<double>, 3);
}

TEST_CASE("the density identities hold for a data set [CDL eqs. 2, 3, 8]") {
    const distribution::empirical<double, 1> line(std::vector<double>{-2, -1, -1, 0.5, 3}, 1, kernel_width{0.5});
    const std::vector<double> x{-2, 0, 1.5, 5};
    laws::density_laws("data set on a line", exec::serial{}, denoiser::empirical(line), x, {1e-12, 1e-12, 1e-12});
    const distribution::empirical<double, 2> plane(std::vector<double>{-1, 0, 1, 1, 0.5, -1}, 2, kernel_width{0.7});
    const std::vector<std::array<double, 2>> y{{0, 0}, {1, -2}};
    laws::density_laws("data set in a plane", exec::serial{}, denoiser::empirical(plane), y, {1e-11, 1e-11, 1e-11});
}

TEST_CASE("pure noise, clean data, and what lies between are free of NaN") {
    for (const index_t d : {2, 5})
        for (const float h : {0.f, 1e-20f, 0.3f, 1e6f})
            for (const float scale : {1e-6f, 1.f, 1e6f}) {
                const auto points = test::normal_points<float>(37, d, 0, static_cast<double>(scale));
                const distribution::empirical<float> data(as_batch(points, d), kernel_width{h * scale});
                const denoiser::empirical f(data);
                std::vector<float> z(points.begin(), points.begin() + 3 * d); // points of the cloud
                for (const float far : {0.f, -1.f, 1e6f}) z.insert(z.end(), static_cast<std::size_t>(d), far);
                std::vector<float> eps_hat(z.size()), x_hat(static_cast<std::size_t>(d));
                test::for_each_policy([&](const std::string& name, const auto& policy) {
                    CAPTURE(name);
                    for (const double a : {-infinity, -170., -100., -80., -40., -1., 1., 40., 60., infinity}) {
                        CAPTURE(a);
                        f(policy, as_batch(z, d), log_snr{static_cast<float>(a)}, as_batch(eps_hat, d));
                        index_t bad = 0;
                        for (std::size_t i = 0; i < z.size(); ++i) {
                            bad += !std::isfinite(eps_hat[i]);
                            if (a == infinity) bad += eps_hat[i] != 0.f;
                            if (a == -infinity) bad += !(std::abs(eps_hat[i] - z[i]) <= 4e-7f * std::abs(z[i]));
                        }
                        CHECK(bad == 0);
                    }
                });
                // x_hat: the mean of the data, and z or the nearest point
                f.posterior_mean(as_batch(z, d)[4], pure_noise<float>(), x_hat);
                for (index_t j = 0; j < d; ++j) {
                    double mean = 0;
                    for (index_t i = 0; i < 37; ++i)
                        mean += static_cast<double>(points[static_cast<std::size_t>(i * d + j)]) / 37;
                    CHECK(std::abs(static_cast<double>(x_hat[static_cast<std::size_t>(j)]) - mean) <=
                          1e-6 * static_cast<double>(scale));
                }
                f.posterior_mean(as_batch(z, d)[1], clean<float>(), x_hat);
                for (std::size_t j = 0; j < x_hat.size(); ++j)
                    CHECK(std::abs(x_hat[j] - z[x_hat.size() + j]) <= (h == 0.f ? 0.f : 5e-7f * scale));
            }
}

TEST_CASE("near clean data eps_hat is the offset from the nearest point, divided by the noise") {
    const distribution::empirical<float, 1> data(std::vector<float>{0, 1}, 1);
    const denoiser::empirical f(data);
    std::array<float, 1> eps_hat{};
    for (const double a : {40., 80., 100., 120., 160.}) { // the variance underflows beyond 87
        const double noise = std::exp(-a / 2);
        f(std::array{static_cast<float>(2 * noise)}, log_snr{static_cast<float>(a)}, eps_hat);
        CHECK(static_cast<double>(eps_hat[0]) == doctest::Approx(2).epsilon(1e-5));
        f(std::array{1.f}, log_snr{static_cast<float>(a)}, eps_hat);
        CHECK(eps_hat[0] == 0.f);
    }
}

TEST_CASE("wrong arguments are refused before anything is written") {
    for (const index_t d : {2, 6}) {
        const distribution::empirical<double> data(test::normal_points<double>(5, d), d);
        const denoiser::empirical f(data);
        const auto numbers = static_cast<std::size_t>(3 * d);
        std::vector<double> z(numbers, 1.), eps_hat(numbers, -77.), fewer(static_cast<std::size_t>(2 * d), -77.);
        const level_view<double> level(log_snr{0.});
        const std::vector<log_snr<double>> two_levels{{0}, {1}};
        const auto refused = [&](const auto& from, const level_view<double>& at, auto&& to) {
            return test::refusal([&] { f(exec::serial{}, from, at, to); });
        };
        const std::string where = "cdl::denoiser::empirical: ", dim = std::to_string(d);
        const auto from = as_batch(z, d);
        CHECK(refused(from, level, as_batch(fewer, d)) ==
              where + "eps_hat: must have the shape of z; got 2 x " + dim + " for 3 x " + dim);
        CHECK(refused(as_batch(z, 1), level, as_batch(eps_hat, 1)) ==
              where + "z: must have the dimension of the denoiser; got 1 for " + dim);
        CHECK(refused(from, level_view<double>(two_levels), as_batch(eps_hat, d)) ==
              where + "levels: must be one, or one for each point; got 2 for 3 points");
        CHECK(refused(from, level, as_batch(z, d)) == where + "eps_hat: must not be z; got the same memory");
        CHECK(refused(from, level, batch_view<double, dynamic, strided>(eps_hat.data(), 3, d, 0, 1)) ==
              where + "eps_hat: points must not share memory; got point stride 0");
        CHECK(z == std::vector<double>(numbers, 1.));
        CHECK(eps_hat == std::vector<double>(numbers, -77.));
        CHECK(refused(as_batch(z, 1).slice(0, 0), level, as_batch(eps_hat, 1).slice(0, 0)) == ""); // no points
    }
}

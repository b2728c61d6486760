// SPDX-License-Identifier: MIT
// The distribution of a data set: its density against brute force and against a mixture, its limits, its draws, and what
// its constructor refuses.

#include <cdl/adapter/eigen.hpp>
#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/distribution/gaussian_mixture.hpp>
#if defined(CDL_HAS_XTENSOR)
#include <cdl/adapter/xtensor.hpp>
#endif

#include <distribution/empirical_oracle.hpp>
#include <support/scalars.hpp>

#include <array>

using namespace cdl;
using distribution::empirical, distribution::kernel_width;
using test::check_within, test::keep_largest;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

const std::vector<double> levels{-20, -6, -1, 0, 2, 5, 9, 14, 20};

/// The largest error of log p_a, in units of epsilon times the conditioning.
template <class S, index_t D>
double density_error(index_t n, index_t d, double width, double center) {
    using T = lane_t<S>;
    const empirical<T, D> data(test::normal_points<T>(n, d, center), d, kernel_width{static_cast<T>(width)});
    constexpr index_t count = 70, lanes_of_one = lane_traits<S>::size;
    const auto numbers = test::noisy_points(data.view(), count, levels);
    const batch_view<const T> z(numbers.data(), count, d);
    double worst = 0;
    for (index_t i = 0; i < count; i += lanes_of_one) {
        const lanes<S> group{i, std::min(lanes_of_one, count - i)};
        const auto level = [](index_t k) { return levels[static_cast<std::size_t>(k) % levels.size()]; };
        const log_snr<S> a{gather(group, [&](index_t k) { return static_cast<T>(level(k)); })};
        std::vector<S> at;
        for (index_t j = 0; j < d; ++j) at.push_back(load(z, group, j));
        scatter(group, data.log_density(at, a), [&](index_t k, T got) {
            const auto truth = test::truth_of(data.view(), z[k], level(k));
            keep_largest(worst, static_cast<double>(std::abs(test::wide(got) - truth.log_p) / truth.log_p_size) /
                                    test::epsilon<T>);
        });
    }
    return worst;
}

template <index_t D = dynamic>
std::string refused(std::vector<double> points, index_t dim, double width = 0) {
    return test::refusal([&] { empirical<double, D>(std::move(points), dim, kernel_width{width}); });
}

} // namespace

TEST_CASE_TEMPLATE("the density of a data set is the sum over its points", S, CDL_TEST_SCALARS) {
    const std::string name = "empirical log p, " + test::scalar_name<S>() + " / epsilon";
    for (const double width : {0., 0.3})
        for (const index_t n : {1, 2, 7, 16, 17, 597}) {
            check_within(name, density_error<S, 1>(n, 1, width, 0), 3);
            check_within(name, density_error<S, 2>(n, 2, width, 0), 3);
            check_within(name, density_error<S, dynamic>(n, 3, width, 0), 3);
            check_within(name, density_error<S, dynamic>(n, 17, width, 0), 3);
            check_within(name + ", far from the origin", density_error<S, 2>(n, 2, width, 1000), 3);
        }
}

TEST_CASE("equal components of one width are an empirical distribution") {
    const index_t n = 97, d = 2;
    const auto points = test::normal_points<double>(n, d);
    const empirical<double, 2> data(as_batch(points, d), kernel_width{0.5});
    const distribution::gaussian_mixture<double, 2, distribution::covariance::isotropic> mixture(
        std::vector<double>(n, 1.), points, std::vector<double>(n, 0.25));
    double worst = 0;
    for (const double a : {-infinity, -20., -1., 0., 3., 20., infinity})
        for (const std::array<double, 2> z : {std::array{0., 0.}, {1., -2.}, {-7., 3.}, {1e3, 1e6}}) {
            const double want = mixture.log_density(z, log_snr{a});
            keep_largest(worst, std::abs(data.log_density(z, log_snr{a}) - want) / std::max(1., std::abs(want)));
            if (a == infinity) CHECK(data.log_density(z) == data.log_density(z, log_snr{a}));
        }
    check_within("empirical against mixture", worst, 3e-15);
}

TEST_CASE("one point is the normal law, of any width and at any level") {
    for (const double h : {0., 1e-3, 1., 1e6}) {
        const empirical<double, 1> one(std::vector<double>{3.}, 1, kernel_width{h});
        double worst = 0;
        for (const double a : {-300., -5., 0., 5., 50., 300.})
            for (const double steps : {0., 1., 5., 1e3}) {
                const double s = signal_scale(log_snr{a});
                const double deviation = std::hypot(s * h, noise_scale(log_snr{a}));
                const std::array<double, 1> z{s * 3 + steps * deviation};
                const double seen = (z[0] - s * 3) / deviation;
                const double exact = -0.5 * seen * seen - std::log(deviation) - 0.5 * std::log(2 * std::numbers::pi);
                const double rounding = 1 + std::abs(exact) + (1 + std::abs(seen)) * std::abs(z[0]) / deviation;
                keep_largest(worst, std::abs(one.log_density(z, log_snr{a}) - exact) / rounding);
            }
        check_within("one point, width " + std::to_string(h), worst, 1e-15);
    }
}

TEST_CASE("clean points have a density where they have a width, and an infinite one where they have none") {
    const std::vector<double> points{0, 1, 1, 4};
    const empirical data(points);
    static_assert(std::is_same_v<decltype(data), const empirical<double, 1>>);
    CHECK(data.log_density(std::array{1.}) == infinity);
    CHECK(data.log_density(std::array{4.}) == infinity);
    CHECK(data.log_density(std::array{3.}) == -infinity);
    CHECK(data.log_density(std::array{1e6}) == -infinity);
    // and on the way there every number is finite, as far as it can be held
    for (const double a : {100., 300., 700.}) {
        CHECK(std::isfinite(data.log_density(std::array{0.}, log_snr{a})));
        CHECK(data.log_density(std::array{3.}, log_snr{a}) == doctest::Approx(-0.5 * std::exp(a)));
    }
    const empirical<float> narrow(std::vector<float>{0, 1}, 1);
    for (const float a : {80.f, 100.f, 120.f, 160.f}) // v underflows, N does not
        CHECK(static_cast<double>(narrow.log_density(std::array{0.f}, log_snr{a})) ==
              doctest::Approx(0.5 * static_cast<double>(a) - std::log(2.) - 0.5 * std::log(2 * std::numbers::pi)));
    const empirical wide(points, kernel_width{0.5});
    CHECK(std::isfinite(wide.log_density(std::array{3.})));
    CHECK(std::isfinite(wide.log_density(std::array{1e6})));
}

TEST_CASE("at pure noise every data set is the standard normal") {
    for (const double h : {0., 2.}) {
        const empirical<double> data(test::normal_points<double>(597, 3, 5), 3, kernel_width{h});
        for (const std::array<double, 3> z : {std::array{0., 0., 0.}, {1., -2., 3.}, {1e3, 1., 1e3}}) {
            const double exact =
                -1.5 * std::log(2 * std::numbers::pi) - 0.5 * (z[0] * z[0] + z[1] * z[1] + z[2] * z[2]);
            CHECK(data.log_density(z, pure_noise<double>()) == doctest::Approx(exact).epsilon(1e-14));
        }
    }
}

TEST_CASE("points come from any container") {
    const std::vector<float> numbers{1, 2, 3, 4, 5, 6};
    const auto same = [&](const auto& data) {
        CHECK(data.size() == 3);
        CHECK(data.dim() == 2);
        const auto view = data.view();
        CHECK(std::equal(numbers.begin(), numbers.end(), view.points));
    };
    same(empirical(as_batch(numbers, 2)));
    same(empirical<float, 2>(std::vector<float>(numbers), 2));
    same(empirical(std::vector<std::array<float, 2>>{{1, 2}, {3, 4}, {5, 6}}));
    same(empirical(Eigen::Matrix<float, 2, 3>{{1, 3, 5}, {2, 4, 6}}, kernel_width{0.5f}));
    const Eigen::Matrix<float, 3, 2, Eigen::RowMajor> rows{{1, 2}, {3, 4}, {5, 6}};
    same(empirical(as_batch_of_rows(rows)));
#if defined(CDL_HAS_XTENSOR)
    same(empirical(xt::xtensor<float, 2>{{1, 2}, {3, 4}, {5, 6}}));
#endif
    static_assert(decltype(empirical(Eigen::Matrix<float, 2, 3>{}))::static_dim == 2);
    const empirical line(std::vector<double>{1, 2, 6});
    CHECK(line.dim() == 1);
    CHECK(line.view().radius == 3); // from the mean
}

TEST_CASE("draws hit each point equally often and are as wide as the kernel") {
    // seed fixed; chi-square with 9 degrees of freedom is below 27.9 with probability 0.999; the mean and the variance of
    // the offsets lie within 4 standard deviations of their sampling error
    const index_t n = 10, m = 200000;
    std::vector<double> points;
    for (index_t i = 0; i < n; ++i) points.insert(points.end(), {100. * static_cast<double>(i), -5.});
    const empirical<double, 2> data(as_batch(points, 2), kernel_width{0.5});
    std::vector<double> x(2 * m);
    data.draw(exec::serial{}, {7}, 0, as_batch(x, 2));
    std::vector<double> count(n);
    double sum = 0, squares = 0, product = 0;
    for (std::size_t i = 0; i < m; ++i) {
        const auto k = static_cast<std::size_t>(std::lround(x[2 * i] / 100));
        count.at(k) += 1;
        const double u = x[2 * i] - 100. * static_cast<double>(k), w = x[2 * i + 1] + 5;
        sum += u + w;
        squares += u * u + w * w;
        product += u * w;
    }
    double chi_square = 0;
    const double expected = static_cast<double>(m) / n, draws = 2. * m, variance = .25;
    for (const double c : count) chi_square += (c - expected) * (c - expected) / expected;
    CHECK(chi_square < 27.9);
    CHECK(std::abs(sum / draws) < 4 * std::sqrt(variance / draws));
    CHECK(std::abs(squares / draws - variance) < 4 * variance * std::sqrt(2 / draws));
    CHECK(std::abs(product / m) < 4 * variance / std::sqrt(static_cast<double>(m)));
}

TEST_CASE("draws have addresses: neither policy, place nor batch size matters") {
    const empirical<float> data(test::normal_points<float>(50, 3), 3, kernel_width{0.25f});
    const auto draws = [&](const auto& policy, index_t m, random::noise_stream stream, index_t step) {
        std::vector<float> x(static_cast<std::size_t>(3 * m));
        data.draw(policy, stream, step, as_batch(x, 3));
        return x;
    };
    const auto oracle = draws(exec::serial{}, 597, {7}, 0);
    test::for_each_policy([&](const std::string& name, const auto& policy) {
        CAPTURE(name);
        CHECK(draws(policy, 597, {7}, 0) == oracle);
        std::vector<float> on_policy(3 * 597);
        data.on(policy).draw(policy, {7}, 0, as_batch(on_policy, 3));
        CHECK(on_policy == oracle);
    });
    CHECK(draws(exec::serial{}, 7, {7}, 0) == std::vector<float>(oracle.begin(), oracle.begin() + 21));
    CHECK(draws(exec::serial{}, 7, {7, random::purpose::sampler}, 0) == draws(exec::serial{}, 7, {7}, 0));
    CHECK(draws(exec::serial{}, 7, {8}, 0) != draws(exec::serial{}, 7, {7}, 0));
    CHECK(draws(exec::serial{}, 7, {7}, 1) != draws(exec::serial{}, 7, {7}, 0));
    CHECK(draws(exec::serial{}, 0, {7}, 0).empty());
}

TEST_CASE("points without width are drawn bit for bit") {
    const auto points = test::normal_points<float>(50, 3, 1e4);
    const empirical<float> data(as_batch(points, 3));
    std::vector<float> x(3 * 597);
    data.draw(exec::serial{}, {7}, 0, as_batch(x, 3));
    index_t strangers = 0;
    for (std::size_t i = 0; i < 597; ++i) {
        bool found = false;
        for (std::size_t k = 0; k < 50; ++k) found = found || std::equal(&x[3 * i], &x[3 * i] + 3, &points[3 * k]);
        strangers += !found;
    }
    CHECK(strangers == 0);
}

TEST_CASE("a data set of one point, or of one point many times, is that point") {
    const empirical<double> one(std::vector<double>{2, 3}, 2, kernel_width{.5});
    std::vector<double> copies;
    for (int i = 0; i < 37; ++i) copies.insert(copies.end(), {2., 3.});
    const empirical<double> many(std::move(copies), 2, kernel_width{.5});
    CHECK(one.view().radius == 0);
    for (const double a : {-infinity, -3., 0., 4., infinity})
        for (const std::array<double, 2> z : {std::array{0., 0.}, {1e6, -4.}})
            CHECK(many.log_density(z, log_snr{a}) == doctest::Approx(one.log_density(z, log_snr{a})).epsilon(1e-15));
}

TEST_CASE("wrong clouds are refused with a sentence") {
    const std::string where = "cdl::distribution::empirical: ";
    CHECK(refused({}, 2) == where + "points: must not be empty; got no points");
    CHECK(refused({1, 2, 3}, 2) == where + "points: must be a whole number of points; got 3 numbers for dimension 2");
    CHECK(refused({1, 2}, 0) == where + "points: must have the dimension of the distribution; got 0 coordinates");
    CHECK(refused({1, 2}, -1) == where + "points: must have the dimension of the distribution; got -1 coordinates");
    CHECK(refused<2>({1, 2, 3}, 3) == where + "points: must have the dimension of the distribution; got 3 coordinates");
    CHECK(refused({1, not_a_number}, 1) == where + "points: must be finite; got nan");
    CHECK(refused({1, -infinity}, 1) == where + "points: must be finite; got -inf");
    CHECK(refused({1, 2}, 1, -1) == where + "kernel_width: must be finite and not negative; got -1");
    CHECK(refused({1, 2}, 1, infinity) == where + "kernel_width: must be finite and not negative; got inf");
    CHECK(refused({1, 2}, 1, not_a_number) == where + "kernel_width: must be finite and not negative; got nan");
    CHECK(refused({1, 2}, 1) == "");
    const std::vector<double> none;
    CHECK(test::refusal([&] { empirical<double, 1> data(none); }) ==
          where + "points: must not be empty; got no points");
}

TEST_CASE("points of another dimension are refused with a sentence") {
    const empirical<double> plane(std::vector<double>{0, 0, 1, 1}, 2);
    std::vector<double> numbers(6);
    CHECK(test::refusal([&] { plane.log_density(std::vector<double>(3)); }) ==
          "cdl::distribution::empirical::log_density: z: must have the dimension of the cloud; got 3 for 2");
    CHECK(test::refusal([&] { plane.draw(exec::serial{}, {7}, 0, as_batch(numbers, 3)); }) ==
          "cdl::distribution::empirical::draw: x: must have the dimension of the cloud; got 3 for 2");
    CHECK(test::refusal([&] {
              plane.draw(exec::serial{}, {7}, 0, batch_view<double, dynamic, strided>(numbers.data(), 3, 2, 0, 1));
          }) == "cdl::distribution::empirical::draw: x: points must not share memory; got point stride 0");
    CHECK(numbers == std::vector<double>(6)); // nothing was written
}

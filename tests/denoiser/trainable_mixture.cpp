// SPDX-License-Identifier: MIT
// A mixture as what is trained: its gradient against differences, the same under every policy, and its parameters.

#include <cdl/denoiser/trainable_mixture.hpp>
#include <cdl/density/nll.hpp>

#include <compile_fail/device_policy.hpp>
#include <distribution/empirical_oracle.hpp>
#include <distribution/testing.hpp>

#include <array>
#include <cmath>
#include <vector>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using denoiser::trainable_mixture;
using test::check_within, test::keep_largest;

static_assert(denoiser::batch_denoiser<const trainable_mixture<double, 2>, exec::serial, double>);
static_assert(denoiser::batch_denoiser<const trainable_mixture<float>, device_policy, float>);
static_assert(denoiser::exact_denoiser<decltype(std::declval<const trainable_mixture<double>&>().point()), double>);

namespace {

template <class T>
std::vector<T> parameters_of(index_t components, index_t d, covariance shape) {
    std::vector<T> p = test::normal_points<T>(components * (1 + d), 1, 0, 1, 3);
    const auto log_variances =
        test::normal_points<T>(components * (shape == covariance::isotropic ? 1 : d), 1, 0, 1, 4);
    for (const T& v : log_variances) p.push_back(v / 2);
    return p;
}

template <class T>
std::vector<log_snr<T>> levels_of(index_t n) {
    std::vector<log_snr<T>> levels;
    for (index_t i = 0; i < n; ++i) levels.push_back({static_cast<T>(static_cast<double>(i % 33) / 4 - 4)});
    return levels;
}

/// A batch with cotangents of both kinds, and what a mixture makes of them.
template <class T, index_t D, covariance C>
struct training_batch {
    index_t n, d;
    std::vector<T> z, of_eps_hat, of_log_density;
    std::vector<log_snr<T>> levels;

    training_batch(index_t count, index_t dim)
        : n(count), d(dim), z(test::normal_points<T>(n, d, 0, 2)), of_eps_hat(test::normal_points<T>(n, d, 0, 1, 1)),
          of_log_density(test::normal_points<T>(n, 1, 0, 1, 2)), levels(levels_of<T>(n)) {}

    batch_view<const T, D> view(const std::vector<T>& numbers) const { return {numbers.data(), n, d}; }

    /// The gradient, then the cotangents of z, then those of the levels; of eps_hat and of log p.
    template <class P>
    std::vector<T> pulled_back(const P& policy, const trainable_mixture<T, D, C>& f) const {
        std::vector<T> all;
        for (const bool density : {false, true}) {
            std::vector<T> gradient(f.parameters().size(), T(0)), z_bar(z.size()), level_bar(levels.size());
            const batch_view<T, D> z_out(z_bar.data(), n, d);
            if (density)
                f.pull_back_log_density(policy, view(z), levels, of_log_density, gradient, z_out, level_bar);
            else
                f.pull_back(policy, view(z), levels, view(of_eps_hat), gradient, z_out, level_bar);
            all.insert(all.end(), gradient.begin(), gradient.end());
            all.insert(all.end(), z_bar.begin(), z_bar.end());
            all.insert(all.end(), level_bar.begin(), level_bar.end());
        }
        return all;
    }

    /// sum of c . eps_hat, or of l log p.
    T value(const trainable_mixture<T, D, C>& f, bool density) const {
        T sum = 0;
        std::vector<T> eps_hat(static_cast<std::size_t>(d));
        const auto points = view(z), cotangents = view(of_eps_hat);
        for (index_t i = 0; i < n; ++i) {
            const auto a = levels[static_cast<std::size_t>(i)];
            if (density) sum += of_log_density[static_cast<std::size_t>(i)] * f.point().log_density(points[i], a);
            if (!density) f.point()(points[i], a, eps_hat);
            for (index_t j = 0; !density && j < d; ++j) sum += cotangents(i, j) * eps_hat[static_cast<std::size_t>(j)];
        }
        return sum;
    }
};

/// The largest error of the gradient in double against differences in long double, relative to its largest entry.
template <covariance C>
void check_gradient(const std::string& name, double bound) {
    using wide_mixture = trainable_mixture<long double, dynamic, C>;
    double worst = 0;
    for (const index_t components : {1, 4})
        for (const index_t d : {1, 3}) {
            const index_t n = 300;
            const auto p = parameters_of<double>(components, d, C);
            const training_batch<double, dynamic, C> batch(n, d);
            training_batch<long double, dynamic, C> wide_batch(n, d);
            wide_batch.z.assign(batch.z.begin(), batch.z.end());
            wide_batch.of_eps_hat.assign(batch.of_eps_hat.begin(), batch.of_eps_hat.end());
            wide_batch.of_log_density.assign(batch.of_log_density.begin(), batch.of_log_density.end());
            wide_mixture f(components, std::vector<long double>(p.begin(), p.end()));
            const auto got = batch.pulled_back(exec::serial{}, trainable_mixture<double, dynamic, C>(components, p));
            for (const bool density : {false, true}) {
                double largest = 0, off = 0;
                for (std::size_t i = 0; i < p.size(); ++i) {
                    const auto difference = [&](long double step) {
                        std::vector<long double> moved(p.begin(), p.end());
                        moved[i] += step;
                        f.set_parameters(moved);
                        const long double up = wide_batch.value(f, density);
                        moved[i] -= 2 * step;
                        f.set_parameters(moved);
                        return (up - wide_batch.value(f, density)) / (2 * step);
                    };
                    const long double h = 1e-3L;
                    const long double want = (15 * difference(h) - 6 * difference(2 * h) + difference(3 * h)) / 10;
                    const double is = got[i + (density ? got.size() / 2 : 0)];
                    largest = std::max(largest, std::abs(is));
                    keep_largest(off, static_cast<double>(std::abs(test::wide(is) - want)));
                }
                keep_largest(worst, off / largest);
            }
        }
    check_within("gradient against long double differences, " + name, worst, bound);
}

/// How far policies are from serial, in epsilon times the largest number; packed ones promise each other the same bits.
template <class T, index_t D, covariance C>
void check_policies(const std::string& name, index_t d, double bound) {
    const trainable_mixture<T, D, C> f(5, parameters_of<T>(5, d, C));
    double worst = 0;
    for (const index_t n : {0, 1, 7, 255, 256, 257, 1000}) {
        const training_batch<T, D, C> batch(n, d);
        const auto want = batch.pulled_back(exec::serial{}, f);
        double largest = 1;
        for (const T& v : want) largest = std::max(largest, std::abs(static_cast<double>(v)));
        test::for_each_policy([&](const std::string&, const auto& policy) {
            const auto got = batch.pulled_back(policy, f);
            REQUIRE(got.size() == want.size());
            for (std::size_t i = 0; i < got.size(); ++i)
                keep_largest(worst, std::abs(static_cast<double>(got[i]) - static_cast<double>(want[i])) / largest /
                                        test::epsilon<T>);
        });
        std::vector<T> bits;
        test::for_each_packed_policy([&](const std::string&, const auto& policy) {
            const auto got = batch.pulled_back(policy, f);
            if (bits.empty()) bits = got;
            CHECK(got == bits);
        });
    }
    check_within("pull-back under policies, " + name + " / epsilon", worst, bound);
}

} // namespace

TEST_CASE("the gradient is the derivative by the parameters") {
    check_gradient<covariance::isotropic>("isotropic", 5e-14);
    check_gradient<covariance::diagonal>("diagonal", 1e-13);
}

TEST_CASE_TEMPLATE("every policy pulls back the same, at ugly sizes, on any number of threads", T, float, double) {
    const std::string bits = std::to_string(8 * sizeof(T)) + " bits";
    check_policies<T, 2, covariance::isotropic>("isotropic, 2-D, " + bits, 2, 6);
    check_policies<T, dynamic, covariance::diagonal>("diagonal, dynamic 3-D, " + bits, 3, 10);
    // too wide for registers: one number at a time under every policy
    check_policies<T, dynamic, covariance::diagonal>("diagonal, dynamic 70-D, " + bits, 70, 0);
    check_policies<T, 70, covariance::isotropic>("isotropic, 70-D, " + bits, 70, 0);
}

TEST_CASE("the cotangents of z and of the levels are those of each point") {
    const index_t n = 300, d = 2;
    const trainable_mixture<double, 2> f(3, parameters_of<double>(3, d, covariance::isotropic));
    const training_batch<double, 2, covariance::isotropic> batch(n, d);
    std::vector<double> gradient(f.parameters().size(), 1), level_bar(n), z_bar = batch.of_eps_hat;
    const batch_view<double, 2> z_out(z_bar.data(), n, d); // where the cotangents are
    f.pull_back(exec::serial{}, batch.view(batch.z), batch.levels, z_out, gradient, z_out, level_bar);
    for (index_t i = 0; i < n; ++i) {
        std::array<double, 2> pull{}, want{};
        const double level =
            distribution::pull_back(f.mixture().view(), batch.levels[static_cast<std::size_t>(i)],
                                    batch.view(batch.z)[i], 0., batch.view(batch.of_eps_hat)[i], pull, want);
        CHECK(level_bar[static_cast<std::size_t>(i)] == level);
        for (index_t j = 0; j < d; ++j) CHECK(z_out(i, j) == want[static_cast<std::size_t>(j)]);
    }
    // the gradient was added to, it is the same without the others, and what lies coordinate after coordinate is read,
    // too
    std::vector<double> alone(gradient.size(), 0), turned(gradient.size(), 0);
    f.pull_back(exec::serial{}, batch.view(batch.z), batch.levels, batch.view(batch.of_eps_hat), alone);
    for (std::size_t p = 0; p < alone.size(); ++p) CHECK(gradient[p] == 1 + alone[p]);
    std::vector<double> by_coordinate(batch.z.size());
    const batch_view<double, 2, coord_major> columns(by_coordinate.data(), n, d);
    for (index_t i = 0; i < n; ++i)
        for (index_t j = 0; j < d; ++j) columns(i, j) = batch.view(batch.z)(i, j);
    f.pull_back(exec::serial{}, columns, batch.levels, batch.view(batch.of_eps_hat), turned);
    CHECK(turned == alone);
}

TEST_CASE("one level for all is as good as one for each") {
    const trainable_mixture<double> f(3, parameters_of<double>(3, 1, covariance::isotropic));
    const auto z = test::normal_points<double>(10, 1), c = test::normal_points<double>(10, 1, 0, 1, 1);
    std::vector<double> common(9, 0), each(9, 0);
    f.pull_back(exec::serial{}, z, log_snr{.5}, c, common);
    const std::vector same(10, log_snr{.5});
    f.pull_back(exec::serial{}, z, same, c, each);
    CHECK(common == each);
}

TEST_CASE("only differences of logits count") {
    const auto p = parameters_of<double>(4, 2, covariance::isotropic);
    const training_batch<double, 2, covariance::isotropic> batch(400, 2);
    const auto got = batch.pulled_back(exec::serial{}, trainable_mixture<double, 2>(4, p));
    for (const std::size_t start : {std::size_t{0}, got.size() / 2}) {
        double sum = 0, size = 0;
        for (std::size_t k = 0; k < 4; ++k) sum += got[start + k], size += std::abs(got[start + k]);
        CHECK(std::abs(sum) < 1e-14 * size);
    }
}

TEST_CASE("it is the optimal denoiser of its mixture") {
    const gaussian_mixture<double, 2, covariance::diagonal> mixture({1, 3}, {-2, 0, 1, 1}, {1, .25, .5, 3});
    const trainable_mixture f(mixture);
    CHECK(f.size() == 2);
    CHECK(f.dim() == 2);
    const std::vector<double> want{std::log(.25), std::log(.75), -2,          0, 1, 1, 0,
                                   std::log(.25), std::log(.5),  std::log(3.)};
    CHECK(std::vector(f.parameters().begin(), f.parameters().end()) == want);
    const auto z = test::normal_points<double>(300, 2);
    std::vector<double> got(z.size()), exact(z.size());
    const batch_view<const double, 2> from(z.data(), 300);
    const auto levels = levels_of<double>(300);
    f(exec::serial{}, from, levels, batch_view<double, 2>(got.data(), 300));
    denoiser::optimal optimal(mixture);
    optimal(exec::serial{}, from, levels, batch_view<double, 2>(exact.data(), 300));
    CHECK(got == exact);
    const std::vector<std::array<double, 2>> x{{.5, -1}};
    CHECK(density::nll(exec::serial{}, f, x, density::quadrature{})[0].value ==
          doctest::Approx(-mixture.log_density(x[0])).epsilon(1e-13));
    CHECK(f.point().log_density(x[0], clean<double>()) == mixture.log_density(x[0]));
    // a mixture made of the parameters is the same to rounding
    const trainable_mixture<double, 2, covariance::diagonal> again(2, want);
    for (index_t k = 0; k < 2; ++k) {
        CHECK(again.mixture().weight(k) == doctest::Approx(mixture.weight(k)).epsilon(1e-15));
        for (index_t j = 0; j < 2; ++j)
            CHECK(again.mixture().variance(k, j) == doctest::Approx(mixture.variance(k, j)).epsilon(1e-15));
    }
}

TEST_CASE("copies are independent and parameters far apart are no error") {
    trainable_mixture<float, 1> f(2, {0, 0, -1, 1, 0, 0});
    const auto copy = f;
    f.set_parameters(std::vector<float>{500, -500, -1, 1, 0, 0}); // e^-1000 is no float
    CHECK(copy.mixture().weight(1) == .5f);
    CHECK(f.mixture().weight(0) == 1);
    std::vector<float> gradient(6, 0);
    const std::vector<float> z{0, 3}, c{1, 1};
    f.pull_back(exec::serial{}, z, log_snr{0.f}, c, gradient);
    for (const float g : gradient) CHECK(std::isfinite(g));
    CHECK(std::abs(gradient[3]) < 1e-30f); // nothing belongs to the second component
    CHECK(gradient[2] < 0);
}

TEST_CASE("parameters of a device are put there") {
    // as far as a compiler of the host can see
    const trainable_mixture<double, 2> f(1, {0, 0, 0, 0});
    std::vector<double> gradient(4, 7), numbers(8);
    const device_batch<double> there(numbers.data(), 4, 2);
    f.pull_back(device_policy{}, there, log_snr{0.}, there, gradient);
    CHECK(gradient == std::vector<double>(4, 7));
}

TEST_CASE("what does not fit is refused") {
    using mixture = trainable_mixture<double>;
    const auto made = [](index_t components, const std::vector<double>& p) {
        return test::refusal([&] { mixture(components, p); });
    };
    const std::string where = "cdl::denoiser::trainable_mixture: ";
    CHECK(made(0, {}) == where + "components: must be at least 1; got 0");
    CHECK(made(2, {0, 0, 1, 1, 0}) ==
          where +
              "parameters: must be a logit, a mean and variances for each component; got 5 numbers for 2 components");
    CHECK(made(2, {0, 0, 0, 0}) ==
          where +
              "parameters: must be a logit, a mean and variances for each component; got 4 numbers for 2 components");
    CHECK(made(1, {0, std::nan(""), 0}) == where + "parameters: must be finite; got nan");
    CHECK(made(1, {0, 0, 800}) == where + "parameters: must be logarithms of variances that can be held; got 800");
    CHECK(made(1, {0, 0, -800}) == where + "parameters: must be logarithms of variances that can be held; got -800");
    CHECK(test::refusal([] { trainable_mixture<double, 2, covariance::diagonal>(1, {0, 0, 0, 0}); }) ==
          where +
              "parameters: must be a logit, a mean and variances for each component; got 4 numbers for 1 components");

    mixture f(1, {0, 1, 2, 3});
    const auto kept = std::vector(f.parameters().begin(), f.parameters().end());
    CHECK(test::refusal([&] { f.set_parameters(std::vector<double>{0, 1, 2}); }) ==
          where + "parameters: must be as many as there are; got 3 for 4");
    CHECK(test::refusal([&] {
              f.set_parameters(std::vector<double>{0, 1, 2, std::numeric_limits<double>::infinity()});
          }) == where + "parameters: must be finite; got inf");
    CHECK(std::vector(f.parameters().begin(), f.parameters().end()) == kept);

    const exec::serial policy;
    std::vector<std::array<double, 2>> z(3), out(2);
    std::vector<double> line(3), gradient(4), wrong(3), two(2);
    const log_snr a{0.};
    const std::vector two_levels(2, a);
    CHECK(test::refusal([&] { f.pull_back(policy, line, a, line, gradient); }) ==
          where + "cotangent: must be one for each answer; got 3 x 1 where 3 x 2 are needed");
    CHECK(test::refusal([&] { f.pull_back(policy, z, a, out, gradient); }) ==
          where + "cotangent: must be one for each answer; got 2 x 2 where 3 x 2 are needed");
    CHECK(test::refusal([&] { f.pull_back_log_density(policy, z, a, two, gradient); }) ==
          where + "cotangent: must be one for each answer; got 2 x 1 where 3 x 1 are needed");
    CHECK(test::refusal([&] { f.pull_back_log_density(policy, line, a, line, gradient); }) ==
          where + "z: must have the dimension of the mixture; got 1 for 2");
    CHECK(test::refusal([&] { f.pull_back(policy, z, two_levels, z, gradient); }) ==
          where + "levels: must be one, or one for each point; got 2 for 3 points");
    CHECK(test::refusal([&] { f.pull_back(policy, z, a, z, wrong); }) ==
          where + "gradient: must be as long as the parameters; got 3 for 4");
    CHECK(test::refusal([&] { f.pull_back(policy, z, a, z, gradient, out); }) ==
          where + "z_cotangent: must have the shape of z; got 2 x 2 for 3 x 2");
    CHECK(test::refusal([&] { f.pull_back(policy, z, a, z, gradient, z, two); }) ==
          where + "level_cotangent: must be one number for each point; got 2 x 1 for 3");
    std::vector<double> one(2);
    CHECK(test::refusal([&] { f.pull_back(policy, z, a, z, gradient, batch_view<double>(one.data(), 3, 2, 0, 1)); }) ==
          where + "z_cotangent: points must not share memory; got point stride 0");
    CHECK(gradient == std::vector<double>(4, 0));
}

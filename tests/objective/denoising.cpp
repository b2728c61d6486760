// SPDX-License-Identifier: MIT
// The weighted squared error: laws, exact values, and which weighting is which.

#include <cdl/objective/denoising.hpp>
#include <cdl/objective/weighted_sum.hpp>
#include <cdl/schedule/cosine.hpp>
#include <cdl/schedule/linear_log_snr.hpp>
#include <cdl/schedule/uniform_times.hpp>

#include <distribution/golden_mixtures.hpp>
#include <laws/objective.hpp>
#include <support/z_scores.hpp>

using namespace cdl;
using distribution::covariance;

namespace {

using test::fast;

struct quadratic {
    template <class S>
    CDL_HD S operator()(const log_snr<S>& a) const {
        return S(S(1) + S(a.value * a.value));
    }
};

const distribution::gaussian_mixture<double, 1, covariance::isotropic> two_modes({.5, .5}, {-5, 5}, {1, 1});

} // namespace

TEST_CASE("the denoising objective has the properties of an objective, with every law and weighting") {
    using namespace schedule;
    const auto check = [](const std::string& name, const auto& loss, bool independent = true) {
        laws::check_objective(name, loss, independent, 10, 2e-11); // quadratic
    };
    check("simple", objective::denoising{});
    check("variational",
          objective::denoising{uniform_in_schedule{linear_log_snr<double>({7.}, {-5.})}, objective::vlb()});
    check("cosine", objective::denoising{uniform_in_schedule{cosine<double>()}, objective::vlb()});
    check("EDM", objective::denoising{normal_levels{}, objective::edm()});
    check("min-SNR", objective::denoising{uniform_levels{-5, 5}, objective::min_snr()});
    check("sigmoid", objective::denoising{truncated_logistic_levels{0, 2, 4}, objective::sigmoid()});
    check("of one's own", objective::denoising{logistic_levels{}, objective::per_log_snr{quadratic{}}});
    const auto model = discrete_levels<double>::ddpm_linear(100, 1e-4, 0.02);
    check("steps", objective::denoising{uniform_over_steps<double>(model), objective::per_draw{quadratic{}}});
    check("low discrepancy", objective::denoising{uniform_levels{-5, 5}, objective::simple(), true}, false);
}

TEST_CASE("the mean squared error of the optimal denoiser is the exact one, with the standard error that is stated") {
    const denoiser::optimal f(two_modes);
    for (const auto& row : test::golden("d_mmse.csv").where("mixture", "two_1d")) {
        const double a = row.input<double>("alpha"), exact = static_cast<double>(row.number("mmse_eps"));
        if (a < -6 || a > 8 || std::floor(a / 5) != a / 5) continue;
        const objective::denoising loss{schedule::fixed_level{a}};
        std::vector<double> x(2000);
        test::check_z_scores("mean squared error at a = " + std::to_string(a), exact, [&](std::uint64_t seed) {
            two_modes.draw(exec::serial{}, {seed}, 0, x);
            return objective::evaluate(fast{}, loss, f, x, {seed}, 0);
        });
    }
}

// 1/2 int w E|eps - eps_hat|^2 da over levels, by the schedule or by the law alone: the same number, whichever visits them.
TEST_CASE("what a schedule does under L_simple, a weight does in the integral") {
    using namespace schedule;
    const denoiser::optimal f(two_modes);
    const linear_log_snr<double> schedule({8.}, {-6.});
    // the rate of a linear schedule is 14: simple = 2 / 14 of the bound
    const objective::denoising simple{uniform_in_schedule{schedule}, objective::simple()};
    const objective::denoising bound{uniform_in_schedule{schedule}, objective::vlb()};
    const objective::denoising by_law{uniform_levels{-6, 8}, objective::vlb()};
    std::vector<double> x(20000);
    two_modes.draw(exec::serial{}, {4}, 0, x);
    const auto s = objective::evaluate(fast{}, simple, f, x, {5}), b = objective::evaluate(fast{}, bound, f, x, {5});
    const auto l = objective::evaluate(fast{}, by_law, f, x, {5});
    CHECK(b.value == doctest::Approx(7 * s.value).epsilon(1e-13));
    CHECK(l.value == doctest::Approx(b.value).epsilon(1e-10)); // the same levels from the same uniform numbers
    // any schedule between the same ends gives the same integral, within errors
    struct squared_time { // log-SNR 8 - 14 t^2
        using value_type = double;
        log_snr<double> at(double t) const { return {8 - 14 * t * t}; }
        double time_of(log_snr<double> a) const { return std::sqrt((8 - a.value) / 14); }
        double slope(double t) const { return -28 * t; }
    };
    const objective::denoising other{uniform_in_schedule{squared_time{}}, objective::vlb()};
    const auto o = objective::evaluate(fast{}, other, f, x, {6});
    CHECK(std::abs(o.value - b.value) <= 4 * std::hypot(o.standard_error, b.standard_error));
    // and under L_simple it does not
    const objective::denoising other_simple{uniform_in_schedule{squared_time{}}, objective::simple()};
    const auto os = objective::evaluate(fast{}, other_simple, f, x, {6});
    CHECK(std::abs(os.value - s.value) > 10 * std::hypot(os.standard_error, s.standard_error));
}

TEST_CASE("weightings are those of their papers") {
    using namespace objective;
    const auto at = [](const auto& weighting, double a) { return weighting.factor(log_snr{a}); };
    for (const double a : {-9.0, -2.0, 0.0, 1.5, 7.0}) {
        const double sigma = std::exp(-a / 2), snr = std::exp(a);
        // EDM weighs |x - x_hat|^2 = sigma^2 |eps - eps_hat|^2 with (sigma^2 + sigma_data^2) / (sigma sigma_data)^2
        CHECK(at(edm(0.5), a) ==
              doctest::Approx(sigma * sigma * (sigma * sigma + 0.25) / std::pow(sigma * 0.5, 2)).epsilon(1e-14));
        // min-SNR weighs |x - x_hat|^2 with min(SNR, 5)
        CHECK(at(min_snr(5), a) == doctest::Approx(std::min(snr, 5.0) / snr).epsilon(1e-14));
        CHECK(at(simple(), a) == 1);
        CHECK(vlb().weight(log_snr{a}) == 1);
        CHECK(objective::sigmoid(2).weight(log_snr{a}) == doctest::Approx(1 / (1 + std::exp(a - 2))).epsilon(1e-14));
    }
}

// 16-D normal data: E|eps - eps_hat|^2 = 16 sigmoid(a), so L = 1/2 int of that, and levels make most of the variance.
TEST_CASE("levels that are spread evenly give the same mean with less variance, and the stated error is too large") {
    const distribution::gaussian_mixture<double, 16, covariance::isotropic> normal({1}, std::vector<double>(16, 0),
                                                                                   {1});
    const denoiser::optimal f(normal);
    struct found {
        double mean, deviation, stated;
    };
    const auto spread = [&](bool low_discrepancy) -> found {
        const objective::denoising loss{schedule::uniform_levels{-6, 8}, objective::vlb(), low_discrepancy};
        std::vector<std::array<double, 16>> x(64);
        double sum = 0, squares = 0, stated = 0;
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            normal.draw(exec::serial{}, {seed}, 0, x);
            const auto value = objective::evaluate(fast{}, loss, f, x, {seed});
            sum += value.value, squares += value.value * value.value, stated += value.standard_error / 200;
        }
        return {sum / 200, std::sqrt((squares - sum * sum / 200) / 199), stated};
    };
    const auto independent = spread(false), even = spread(true);
    const double exact = 8 * (math::softplus(8.0) - math::softplus(-6.0));
    CHECK(std::abs(independent.mean - exact) <= 4 * independent.deviation / std::sqrt(200));
    CHECK(std::abs(even.mean - exact) <= 4 * even.deviation / std::sqrt(200));
    CHECK(independent.deviation == doctest::Approx(independent.stated).epsilon(0.2));
    CHECK(even.deviation < 0.6 * independent.deviation);
    CHECK(even.stated > 1.6 * even.deviation);
}

TEST_CASE("settings that make no sense are refused") {
    const std::vector<double> x(3);
    const auto refused = [&](const auto& loss) -> std::string {
        try {
            objective::prepare(exec::serial{}, loss, x);
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return "accepted";
    };
    using namespace schedule;
    CHECK(refused(objective::denoising{logistic_levels{0, 0}}) ==
          "cdl::objective::denoising: scale: must be finite and positive; got 0");
    CHECK(refused(objective::denoising{uniform_levels{3, 3}}) ==
          "cdl::objective::denoising: high: must be finite and above low; got 3 against 3");
    CHECK(refused(objective::denoising{truncated_logistic_levels{0, 1, 0}}) ==
          "cdl::objective::denoising: clip: must be finite and positive; got 0");
    CHECK(refused(objective::denoising{fixed_level{std::nan("")}}) ==
          "cdl::objective::denoising: value: must not be NaN; got nan");
    const logistic_levels law{};
    CHECK(refused(objective::denoising{law, objective::edm(0)}) ==
          "cdl::objective::denoising: sigma_data: must be finite and positive; got 0");
    CHECK(refused(objective::denoising{law, objective::min_snr(-5)}) ==
          "cdl::objective::denoising: most: must be finite and positive; got -5");
    CHECK(refused(objective::denoising{law, objective::sigmoid(std::nan(""))}) ==
          "cdl::objective::denoising: shift: must be finite; got nan");
    auto training = objective::prepare(exec::serial{}, objective::denoising{}, x);
    CHECK_THROWS_WITH_AS(training.losses(exec::serial{}),
                         "cdl::objective::losses: value: must be asked for first; got none", std::invalid_argument);
}

// At pure noise eps_hat = z = eps, at clean data eps_hat = 0: the residuals there are 0 and eps.
TEST_CASE("infinite levels are levels like others") {
    const denoiser::optimal f(two_modes);
    const std::vector<double> x{1, -4, 7};
    const auto at = [&](double a) {
        return objective::evaluate(exec::serial{}, objective::denoising{schedule::fixed_level{a}}, f, x, {1}).value;
    };
    const double inf = std::numeric_limits<double>::infinity();
    CHECK(at(-inf) == 0);
    double squares = 0;
    for (index_t i = 0; i < 3; ++i) squares += std::pow(random::normal({1, random::purpose::channel}, 0, i), 2) / 3;
    CHECK(at(inf) == doctest::Approx(squares).epsilon(1e-14));
}

// |v - v_hat|^2 = (1 + e^-a) |eps - eps_hat|^2: at pure noise eps_hat = z has no x_hat in it, and the factor is infinite.
TEST_CASE("a factor that is infinite at a level of the law is refused before anything is drawn") {
    const std::vector<double> x(3);
    const std::vector<float> x_float(3);
    const auto text = [](const auto& call) -> std::string {
        try {
            call();
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return "accepted";
    };
    const auto refused = [&](const auto& loss) { return text([&] { objective::prepare(exec::serial{}, loss, x); }); };
    const auto infinite_at = [](const std::string& level) {
        return "cdl::objective::denoising: weighting: must be finite at every level of the law: leave that level out "
               "of it, or "
               "weigh it less; got inf at log-SNR " +
               level;
    };
    const double inf = std::numeric_limits<double>::infinity();
    using namespace schedule;
    const auto levels = discrete_levels<double>::ddpm_linear(1000).zero_terminal();
    const uniform_over_steps<double> all(levels), but_the_last(levels.levels().data(), 999);
    CHECK(refused(objective::denoising{all, objective::edm(1)}) == infinite_at("-inf"));
    CHECK(refused(objective::denoising{but_the_last, objective::edm(1)}) == "accepted");
    CHECK(refused(objective::denoising{all, objective::min_snr()}) == "accepted");
    CHECK(refused(objective::denoising{all}) == "accepted");
    CHECK(refused(objective::denoising{fixed_level{-inf}, objective::edm(1)}) == infinite_at("-inf"));
    CHECK(refused(objective::denoising{fixed_level{-800}, objective::edm(1)}) == infinite_at("-800"));
    CHECK(refused(objective::denoising{fixed_level{inf}, objective::edm(1)}) == "accepted");
    CHECK(text([&] {
              objective::prepare(exec::serial{}, objective::denoising{fixed_level{-100}, objective::edm()}, x_float);
          }) == infinite_at("-100"));
    // a loss of x_hat with a finite weight of its own
    const auto of_x_hat = objective::per_draw{[](const auto& a) {
        using S = std::remove_cvref_t<decltype(a.value)>;
        return S(std::exp(-a.value));
    }};
    CHECK(refused(objective::denoising{all, of_x_hat}) == infinite_at("-inf"));
    CHECK(refused(objective::denoising{all, objective::min_snr(inf)}) ==
          "cdl::objective::denoising: most: must be finite and positive; got inf");
    // in a sum, too
    CHECK(refused(objective::weighted_sum{objective::denoising{}, 1, objective::denoising{all, objective::edm(1)},
                                          1}) == infinite_at("-inf"));
}

// A factor that is not finite in the middle, which no look at the ends of a law finds: the queries refuse it.
TEST_CASE("a factor that is not finite at a level that was drawn is refused before the denoiser is asked") {
    const auto pole = objective::per_draw{[](const auto& a) {
        using S = std::remove_cvref_t<decltype(a.value)>;
        return S(S(1) / S(select(S(3) < a.value, S(0), S(1))));
    }};
    const objective::denoising loss{schedule::uniform_levels{-4, 4}, pole};
    const objective::denoising ends_at_the_pole{schedule::uniform_levels{-4, 3}, pole};
    const std::vector<double> x(100);
    CHECK_THROWS_AS(objective::prepare(exec::serial{}, loss, x), std::invalid_argument);
    auto training = objective::prepare(exec::serial{}, ends_at_the_pole, x);
    training.queries(exec::serial{}, x, {1}, 0);
    // and one whose ends are finite
    const auto hole = objective::per_draw{[](const auto& a) {
        using S = std::remove_cvref_t<decltype(a.value)>;
        return S(std::sqrt(S(a.value * a.value - S(1))));
    }};
    auto other = objective::prepare(exec::serial{}, objective::denoising{schedule::uniform_levels{-4, 4}, hole}, x);
    std::string what;
    try {
        other.queries(exec::serial{}, x, {1}, 0);
    } catch (const std::invalid_argument& error) {
        what = error.what();
    }
    CAPTURE(what);
    CHECK(what.find("cdl::objective::denoising: weighting: must be finite at every level of the law") == 0);
    std::vector<double> eps_hat(100);
    CHECK_THROWS_WITH_AS(other.value(exec::serial{}, eps_hat),
                         "cdl::objective::value: queries: must be asked for first; got none", std::invalid_argument);
}

// Every weighting at every level that it can be asked for: a number, or infinity where it is infinite, and NaN for NaN.
TEST_CASE_TEMPLATE("weightings have values at all levels", T, float, double) {
    const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
    for (const T a : {-inf, T(-745), T(-100), T(-30), T(0), T(30), T(100), T(745), inf}) {
        CAPTURE(a);
        const log_snr<T> level{a};
        CHECK(objective::edm().factor(level) >= 1);
        CHECK(objective::min_snr().factor(level) >= 0);
        CHECK(objective::min_snr().factor(level) <= 1);
        CHECK(objective::sigmoid().weight(level) >= 0);
        CHECK(objective::sigmoid().weight(level) <= 1);
    }
    CHECK(objective::edm().factor(log_snr{inf}) == 1);
    CHECK(objective::min_snr().factor(log_snr{inf}) == 0);
    CHECK(objective::min_snr().factor(log_snr{-inf}) == 1);
    CHECK(std::isnan(objective::edm().factor(log_snr{nan})));
    CHECK(std::isnan(objective::min_snr().factor(log_snr{nan})));
    CHECK(std::isnan(objective::sigmoid().weight(log_snr{nan})));
}

// The v loss of all steps but the last, for data N(0, 1/4) and its exact denoiser: the mean of 1/4 / (S^2 / 4 + N^2).
TEST_CASE("the v loss of zero-terminal levels without their last step is the exact one") {
    const distribution::gaussian_mixture<double, 1, covariance::isotropic> data({1}, std::vector<double>{0}, {0.25});
    const denoiser::optimal f(data);
    const auto levels = schedule::discrete_levels<double>::ddpm_linear(1000).zero_terminal();
    const schedule::uniform_over_steps<double> law(levels.levels().data(), 999);
    double exact = 0;
    for (index_t step = 1; step < 1000; ++step) {
        const auto a = levels.level(step);
        exact += 0.25 / (signal_power(a) * 0.25 + noise_power(a)) / 999;
    }
    CHECK((999 * exact + 0.25) / 1000 == doctest::Approx(0.379223).epsilon(1e-5)); // the last step's is 1/4
    std::vector<double> x(4000);
    test::check_z_scores("v loss", exact, [&](std::uint64_t seed) {
        data.draw(exec::serial{}, {seed}, 0, x);
        return objective::evaluate(fast{}, objective::denoising{law, objective::edm(1)}, f, x, {seed}, 0);
    });
}

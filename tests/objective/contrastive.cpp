// SPDX-License-Identifier: MIT
// The contrastive diffusion loss: laws, exact values, what common random numbers and the matched Gaussian gain, and the bias of
// independent draws.

#include <cdl/objective/contrastive.hpp>
#include <cdl/objective/denoising.hpp>

#include <distribution/golden_mixtures.hpp>
#include <laws/objective.hpp>
#include <support/z_scores.hpp>

using namespace cdl;
using distribution::covariance;
using objective::contrastive;
using schedule::fixed_level;
using schedule::logistic_levels;

namespace {

using test::fast;

const distribution::gaussian_mixture<double, 1, covariance::isotropic> two_modes({.5, .5}, {-5, 5}, {1, 1});
const distribution::gaussian_mixture<double, 1, covariance::isotropic> uneven({1, 2}, {-2, 1}, {.3, .5});

/// What a step of the loss says for a batch and the exact denoiser.
template <class Loss, class X, class Mixture>
struct step_of {
    density::estimate<double> value;
    std::vector<double> w, y, zeta;
    std::vector<density::estimate<double>> ratios;

    step_of(const Loss& loss, const Mixture& mixture, const X& x, std::uint64_t seed) {
        const denoiser::optimal f(mixture);
        auto training = objective::prepare(fast{}, loss, x);
        const auto q = training.queries(fast{}, x, {seed}, 0);
        std::vector<double> eps_hat(static_cast<std::size_t>(q.size() * q.z.dim()));
        f(fast{}, q.z, q.levels, as_batch(eps_hat, q.z.dim()));
        value = training.value(fast{}, as_batch(eps_hat, q.z.dim()));
        w = training.evaluator().classified_points(fast{});
        y = training.evaluator().labels(fast{});
        zeta = training.evaluator().zetas(fast{});
        ratios = training.evaluator().log_density_ratios(fast{});
    }
};

template <class Mixture>
std::vector<double> drawn(const Mixture& mixture, index_t n, std::uint64_t seed) {
    std::vector<double> x(static_cast<std::size_t>(n * mixture.dim()));
    mixture.draw(exec::serial{}, {seed}, 0, as_batch(x, mixture.dim()));
    return x;
}

objective::gaussian_control unit_control(index_t d) {
    return {std::vector<double>(static_cast<std::size_t>(d), 0.25),
            std::vector<double>(static_cast<std::size_t>(d), 2)};
}

} // namespace

TEST_CASE("the contrastive loss has the properties of an objective") {
    const contrastive few{.zetas = schedule::uniform_levels{0, 3}, .levels = 3};
    laws::check_objective("contrastive", few);
    auto loss = few;
    loss.noises = 2;
    loss.levels = 2;
    laws::check_objective("contrastive, two noises a level", loss);
    loss.common_random_numbers = false;
    laws::check_objective("contrastive, independent draws", loss);
    laws::check_objective("contrastive, the zetas of the paper",
                          contrastive{.zetas = schedule::truncated_logistic_levels{}, .levels = 2}, true, 10);
}

TEST_CASE("the cotangents hold with a matched Gaussian too") {
    for (const bool common : {true, false})
        for (const index_t d : {1, 2, 3}) {
            const contrastive loss{.zetas = schedule::uniform_levels{0, 3},
                                   .levels = 3,
                                   .common_random_numbers = common,
                                   .control = unit_control(d)};
            laws::check_cotangent("contrastive, matched Gaussian", loss, 5, d);
            laws::check_addresses("contrastive, matched Gaussian", loss, 7, d);
        }
}

TEST_CASE("points are data for y = 1 and data noised to zeta for y = -1, each half of the time") {
    const auto x = drawn(uneven, 20000, 3);
    const contrastive loss{.zetas = schedule::uniform_levels{-1, 2}, .levels = 1};
    const step_of step(loss, uneven, x, 3);
    double positive = 0, mean = 0, square = 0, zeta = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        positive += step.y[i] > 0 ? 1 : 0;
        zeta += step.zeta[i];
        REQUIRE((step.y[i] == 1 || step.y[i] == -1));
        REQUIRE((-1 <= step.zeta[i] && step.zeta[i] <= 2));
        if (step.y[i] > 0) {
            REQUIRE(step.w[i] == x[i]);
        } else { // the noise that was added is standard normal
            const log_snr a{step.zeta[i]};
            const double eps = (step.w[i] - signal_scale(a) * x[i]) / noise_scale(a);
            mean += eps, square += eps * eps;
        }
    }
    const double n = 20000, noised = n - positive;
    CHECK(std::abs(positive - n / 2) <= 4 * std::sqrt(n) / 2);
    CHECK(std::abs(zeta / n - 0.5) <= 4 * std::sqrt(0.75 / n));
    CHECK(std::abs(mean) <= 4 * std::sqrt(noised));
    CHECK(std::abs(square - noised) <= 4 * std::sqrt(2 * noised));
}

TEST_CASE("the loss of the exact denoiser is log 2 less the Jensen-Shannon divergence") {
    for (const auto& row : test::golden("d_cdl.csv").where("mixture", "two_1d")) {
        const double zeta = row.input<double>("zeta"), exact = static_cast<double>(row.number("cdl_loss"));
        if (zeta < 0) continue; // there a few levels leave a bias of the size of the margin
        const contrastive loss{.zetas = fixed_level{zeta}, .levels = 128};
        const auto x = drawn(two_modes, 8000, 5);
        const auto value = objective::evaluate(fast{}, loss, denoiser::optimal(two_modes), x, {6});
        INFO("zeta ", zeta, ": ", value.value, " +- ", value.standard_error, ", exactly ", exact);
        CHECK(std::abs(value.value - exact) <= 4 * value.standard_error + 1e-12);
    }
}

TEST_CASE("the ratio is unbiased and its error is the one stated, in every mode") {
    const double zeta = 2;
    for (const bool common : {true, false})
        for (const bool control : {false, true}) {
            contrastive loss{.zetas = fixed_level{zeta}, .levels = 1024, .common_random_numbers = common};
            if (control) loss.control = {{0}, {uneven.weight(0) * 4 + uneven.weight(1) + .4}};
            const auto x = drawn(uneven, 1, 8);
            const std::string what =
                std::string("ratio, ") + (common ? "common" : "independent") + (control ? ", matched Gaussian" : "");
            double sum = 0, squares = 0;
            constexpr int seeds = 1000;
            for (int seed = 0; seed < seeds; ++seed) {
                const step_of step(loss, uneven, x, static_cast<std::uint64_t>(seed));
                const std::array w{step.w[0]};
                const double exact = uneven.log_density(w, log_snr{zeta}) - uneven.log_density(w);
                const double z = (step.ratios[0].value - exact) / step.ratios[0].standard_error;
                sum += z, squares += z * z;
            }
            const double mean = sum / seeds, variance = (squares - seeds * mean * mean) / (seeds - 1);
            test::check_within(what + ", |mean of z|", std::abs(mean), 0.2);
            test::check_within(what + ", |variance of z - 1|", std::abs(variance - 1), 0.2);
        }
}

// numerics of the ratio: at zeta = 6 and 10.5 the same draws under both densities cut its standard deviation 300 times and more
TEST_CASE("common random numbers cut the error of the ratio 300 times at zeta = 6 and 10.5") {
    for (const double zeta : {6.0, 10.5}) {
        const auto x = drawn(two_modes, 200, 9);
        contrastive loss{.zetas = fixed_level{zeta}, .levels = 512};
        const step_of common(loss, two_modes, x, 10);
        loss.common_random_numbers = false;
        const step_of independent(loss, two_modes, x, 10);
        double with = 0, without = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            with += std::pow(common.ratios[i].standard_error, 2);
            without += std::pow(independent.ratios[i].standard_error, 2);
        }
        const double gain = std::sqrt(without / with);
        if (std::getenv("CDL_TEST_REPORT") != nullptr)
            std::printf("common random numbers at zeta = %g: %.3g times smaller\n", zeta, gain);
        CHECK(gain >= 300);
    }
}

// E softplus(y (LLR + error)) is above softplus(y LLR) by half the variance of the error times q(+1) q(-1), in the first order
TEST_CASE(
    "the softplus of independent draws is biased upwards by about half the variance, that of common draws is not") {
    const double zeta = 6;
    const auto x = drawn(two_modes, 20000, 11);
    contrastive loss{.zetas = fixed_level{zeta}, .levels = 128};
    const auto excess = [&](const auto& l) {
        const step_of step(l, two_modes, x, 12);
        double bias = 0, predicted = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const std::array w{step.w[i]};
            const double llr = two_modes.log_density(w, log_snr{zeta}) - two_modes.log_density(w);
            bias += (math::softplus(step.y[i] * step.ratios[i].value) - math::softplus(step.y[i] * llr)) / 20000;
            predicted += std::pow(step.ratios[i].standard_error, 2) * math::sigmoid(llr) * math::sigmoid(-llr) / 40000;
        }
        return std::array{bias, predicted, step.value.standard_error};
    };
    const auto common = excess(loss);
    loss.common_random_numbers = false;
    const auto independent = excess(loss);
    if (std::getenv("CDL_TEST_REPORT") != nullptr)
        std::printf("bias of the softplus: independent %.4g (predicted %.4g), common %.2g\n", independent[0],
                    independent[1], common[0]);
    CHECK(std::abs(common[0]) <= 4 * common[2]);
    CHECK(std::abs(common[0]) < 1e-4);
    CHECK(independent[0] > 10 * independent[2]);
    CHECK(independent[0] == doctest::Approx(independent[1]).epsilon(0.25));
}

TEST_CASE("for Gaussian data the matched Gaussian leaves no error at all") {
    const distribution::gaussian_mixture<double, 2, covariance::diagonal> data({1}, {.5, -1}, {.3, 4});
    const auto numbers = drawn(data, 50, 2);
    const auto x = as_batch(numbers, 2);
    for (const bool common : {true, false})
        for (const double zeta : {-1.0, 2.0, 8.0, 15.0}) {
            const contrastive loss{.zetas = fixed_level{zeta},
                                   .levels = 4,
                                   .common_random_numbers = common,
                                   .control = {{.5, -1}, {.3, 4}}};
            const step_of step(loss, data, x, 4);
            double worst = 0, exact_size = 0;
            for (std::size_t i = 0; i < 50; ++i) {
                const std::array w{step.w[2 * i], step.w[2 * i + 1]};
                const double exact = data.log_density(w, log_snr{zeta}) - data.log_density(w);
                worst = std::max(worst, std::abs(step.ratios[i].value - exact));
                exact_size = std::max(exact_size, std::abs(exact));
            }
            test::check_within("matched Gaussian, zeta = " + std::to_string(zeta), worst, 2e-14 * (1 + exact_size));
        }
}

TEST_CASE("the matched Gaussian of a batch has its mean and its variances") {
    const std::vector<double> numbers{1, 10, 3, 10, 5, 40};
    const auto control = objective::gaussian_control::of(as_batch(numbers, 2));
    CHECK(control.mean == std::vector<double>{3, 20});
    CHECK(control.variance[0] == doctest::Approx(8.0 / 3));
    CHECK(control.variance[1] == doctest::Approx(200));
}

TEST_CASE("only the first points of a batch are contrasted where so many are asked for") {
    const auto x = drawn(two_modes, 16, 3);
    const contrastive all{.zetas = fixed_level{1}, .levels = 4},
        some{.zetas = fixed_level{1}, .levels = 4, .points = 3};
    const denoiser::optimal f(two_modes);
    const auto first = as_batch(x).slice(0, 3);
    const auto value = objective::evaluate(exec::serial{}, some, f, x, {1});
    const auto alone = objective::evaluate(exec::serial{}, all, f, first, {1});
    CHECK(value.value == alone.value);
    CHECK(value.standard_error == doctest::Approx(alone.standard_error).epsilon(1e-12));
    CHECK(value.denoiser_calls == 2 * 3 * 4);
    CHECK(objective::evaluate(exec::serial{}, all, f, x, {1}).denoiser_calls == 2 * 16 * 4);
}

TEST_CASE("settings of the contrastive loss that make no sense are refused") {
    const std::vector<double> x(3);
    const auto refused = [&](const auto& loss) -> std::string {
        try {
            objective::prepare(exec::serial{}, loss, x);
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return "accepted";
    };
    const std::string where = "cdl::objective::contrastive: ";
    CHECK(refused(contrastive{.levels = 0}) == where + "levels: must be at least 1; got 0");
    CHECK(refused(contrastive{.noises = 0}) == where + "noises: must be at least 1; got 0");
    CHECK(refused(contrastive{.levels = index_t{1} << 20, .noises = 1 << 11}) ==
          where + "levels: must give fewer than 2^31 draws; got 1048576 x 2048");
    CHECK(refused(contrastive{.points = 4}) == where + "points: must be from 0 to the points of the batch; got 4 of 3");
    CHECK(refused(contrastive{.points = -1}) ==
          where + "points: must be from 0 to the points of the batch; got -1 of 3");
    CHECK(refused(contrastive{.zetas = schedule::uniform_levels{2, 1}}) ==
          where + "high: must be finite and above low; got 1 against 2");
    CHECK(refused(contrastive{.control = {{0, 0}, {1, 1}}}) ==
          where + "control: must have a mean and a variance for each coordinate, or none; got 2 and 2 for 1");
    for (const double bad : {0., -1., std::nan(""), 1e-320, std::numeric_limits<double>::infinity()})
        CHECK(refused(contrastive{.control = {{0}, {bad}}})
                  .find(where + "control: variances must be finite and positive") == 0);
    CHECK(refused(contrastive{.control = {{std::nan("")}, {1}}}) == where + "control: means must be finite; got nan");
    const std::vector<float> x_float(3); // as a float it is 0
    CHECK_THROWS_AS(objective::prepare(exec::serial{}, contrastive{.control = {{0}, {1e-50}}}, x_float),
                    std::invalid_argument);
    // an integral weight that is infinite at the ends of the law
    struct to_pure_noise {
        void check(const char*) const {}
        log_snr<double> at(const double& tail, const double& side) const {
            return {side > 0 && tail < 1e-6 ? -std::numeric_limits<double>::infinity() : tail};
        }
        double inverse_density(const double& tail, const double& side) const { return -at(tail, side).value; }
    };
    CHECK(refused(contrastive<schedule::uniform_levels, to_pure_noise>{}) ==
          where + "weighting: must be finite at every level of the law: leave that level out of it, or weigh it less; "
                  "got inf at "
                  "log-SNR -inf");
}

TEST_CASE("what a step found is told only after it") {
    const std::vector<double> x(3);
    auto training = objective::prepare(exec::serial{}, contrastive{}, x);
    const auto& found = training.evaluator();
    CHECK_THROWS_WITH_AS(found.labels(exec::serial{}),
                         "cdl::objective::contrastive: queries: must be asked for first; got none",
                         std::invalid_argument);
    training.queries(exec::serial{}, x, {1}, 0);
    CHECK(found.labels(exec::serial{}).size() == 3);
    CHECK_THROWS_WITH_AS(found.log_density_ratios(exec::serial{}),
                         "cdl::objective::log_density_ratios: value: must be asked for first; got none",
                         std::invalid_argument);
}

// zeta = +inf: the data itself, LLR = 0 and the loss log 2; zeta = -inf: noise, told by its own density.
TEST_CASE("infinite zetas are levels like others") {
    const auto x = drawn(uneven, 200, 3);
    const double inf = std::numeric_limits<double>::infinity();
    const contrastive clean{.zetas = fixed_level{inf}, .levels = 4}, noise{.zetas = fixed_level{-inf}, .levels = 4096};
    CHECK(objective::evaluate(fast{}, clean, denoiser::optimal(uneven), x, {1}).value ==
          doctest::Approx(std::log(2.0)).epsilon(1e-15));
    const step_of step(noise, uneven, x, 1);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const std::array w{step.w[i]};
        const double exact = uneven.log_density(w, log_snr{-inf}) - uneven.log_density(w);
        CHECK(std::abs(step.ratios[i].value - exact) <= 5 * step.ratios[i].standard_error);
    }
}

// SPDX-License-Identifier: MIT
// The variational objective: unbiased, with the standard error and the derivatives it states.

#include <cdl/denoiser/trainable_mixture.hpp>
#include <cdl/density/variational_bound.hpp>
#include <cdl/objective/variational.hpp>
#include <cdl/schedule/cosine.hpp>
#include <cdl/schedule/grids.hpp>
#include <cdl/schedule/linear_log_snr.hpp>
#include <cdl/schedule/monotone_network.hpp>

#include <distribution/golden_mixtures.hpp>
#include <laws/objective.hpp>
#include <support/z_scores.hpp>

#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;
using density::continuous_data;
using density::eight_bit;
using objective::variational;
using schedule::linear_log_snr;
using schedule::monotone_network;

namespace {

constexpr test::fast policy{};

/// 200 seeds: the mean and the variance of their z-scores have standard deviations 0.07 and 0.1, the margins are 0.2.
template <class Estimate>
void check_200(const std::string& what, double exact, const Estimate& estimate_of_seed) {
    test::check_z_scores(what, exact, estimate_of_seed, 200);
}

/// A network moved away from its start.
monotone_network<double> bent(log_snr<double> cleanest, log_snr<double> noisiest, index_t hidden, std::uint64_t seed,
                              double scale = 0.5) {
    monotone_network<double> network(cleanest, noisiest, hidden);
    auto parameters = network.parameters();
    for (std::size_t p = 2; p < parameters.size(); ++p)
        parameters[p] += scale * random::normal({seed, random::purpose::user}, 0, static_cast<index_t>(p));
    network.set_parameters(parameters);
    return network;
}

using plane = std::vector<std::array<double, 2>>;
const distribution::gaussian_mixture<double, 2, covariance::isotropic> blobs({1, 2, 1}, {-1, 0.5, 1, -0.25, 0, 1.5},
                                                                             {0.05, 0.2, 0.02});

/// Points whose coordinates are values of 8-bit data.
plane bytes_in_plane(index_t n) {
    plane x(static_cast<std::size_t>(n));
    for (index_t i = 0; i < n; ++i)
        for (index_t j = 0; j < 2; ++j)
            x[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] =
                eight_bit().value(static_cast<double>((i * 91 + j * 53) % 256));
    return x;
}

} // namespace

TEST_CASE("the estimate is that of golden/f: T steps and continuous time, whatever the schedule between the ends") {
    const auto mixture = test::golden_mixture("two_1d").make<double, 1, covariance::isotropic>();
    const denoiser::optimal f(mixture);
    for (const auto& row : test::golden("f_vdm_loss.csv").where("mixture", "two_1d")) {
        const double at = row.input<double>("x");
        const bool continuous = row.text("T") == "inf";
        const index_t steps = continuous ? 0 : row.integer("T");
        if (!continuous && steps != 1 && steps != 8 && steps != 64) continue;
        const log_snr cleanest{-row.input<double>("g0")}, noisiest{-row.input<double>("g1")};
        const double exact = static_cast<double>(row.number("diffusion_loss") + row.number("prior_kl")) +
                             density::continuous_reconstruction_loss(cleanest, 1);
        const auto check = [&](const std::string& name, const auto& schedule) {
            const variational loss{schedule, continuous_data{}, steps, false};
            const std::string what = name + ", x = " + std::to_string(at) + ", T = " + row.text("T");
            const std::vector<double> many(50000, at);
            const auto e = objective::evaluate(policy, loss, f, many, {.seed = 5});
            test::check_within("variational, " + what + ", standard errors",
                               std::abs(e.value - exact) / e.standard_error, 4);
            CHECK(e.denoiser_calls == 50000);
        };
        check("linear", linear_log_snr<double>(cleanest, noisiest));
        if (continuous) check("network", bent(cleanest, noisiest, 6, 3));
    }
}

TEST_CASE("over the data the diffusion loss is the average of golden/f, within four standard errors") {
    for (const std::string name : {"two_1d", "three_1d"}) {
        const auto mixture = test::golden_mixture(name).make<double, 1, covariance::isotropic>();
        const denoiser::optimal f(mixture);
        std::vector<double> x(50000);
        mixture.draw(policy, {.seed = 61}, 0, x);
        for (const auto& row : test::golden("f_vdm_mean_loss.csv").where("mixture", name)) {
            const index_t steps = row.text("T") == "inf" ? 0 : row.integer("T");
            const linear_log_snr<double> linear({-row.input<double>("g0")}, {-row.input<double>("g1")});
            auto training = objective::prepare(policy, variational{linear, continuous_data{}, steps, false}, x);
            const auto q = training.queries(policy, x, {.seed = 62}, steps);
            std::vector<double> answers(x.size());
            f(policy, q.z, q.levels, answers);
            training.value(policy, answers);
            const auto diffusion = training.evaluator().parts(policy).diffusion;
            test::check_within("variational, average over " + name + ", T = " + row.text("T") + ", standard errors",
                               std::abs(diffusion.value - static_cast<double>(row.number("mean_diffusion_loss"))) /
                                   diffusion.standard_error,
                               4);
        }
    }
}

TEST_CASE("the estimates of 200 seeds have the mean of the bound and the standard error they state") {
    const denoiser::optimal f(blobs);
    const plane point{{0.3, -0.4}};
    const log_snr cleanest{6.}, noisiest{-5.};
    const linear_log_snr<double> linear(cleanest, noisiest);
    const plane x(1000, point[0]);
    const double limit = density::variational_bound(policy, f, point, continuous_data{}, noisiest, cleanest)[0].total();
    check_200("variational, continuous time", limit, [&](std::uint64_t seed) {
        return objective::evaluate(policy, variational{linear, continuous_data{}, 0, false}, f, x, {.seed = seed});
    });
    const double of_steps =
        density::variational_bound(policy, f, point, continuous_data{}, schedule::uniform_in_time(linear, 10))[0]
            .total();
    check_200("variational, 10 steps", of_steps, [&](std::uint64_t seed) {
        return objective::evaluate(policy, variational{linear, continuous_data{}, 10, false}, f, x, {.seed = seed});
    });
}

TEST_CASE("the bound of discrete data is estimated without bias, in its parts") {
    const denoiser::optimal f(blobs);
    const plane point{{eight_bit().value(40.), eight_bit().value(200.)}};
    const log_snr cleanest{9.}, noisiest{-5.};
    const auto exact = density::variational_bound(policy, f, point, eight_bit(), noisiest, cleanest)[0];
    CHECK(exact.reconstruction.value > 0.5);
    const plane x(500, point[0]);
    const variational loss{linear_log_snr<double>(cleanest, noisiest), eight_bit(), 0, false};
    auto training = objective::prepare(policy, loss, x);
    std::vector<double> answers(2 * x.size());
    const auto parts = [&](std::uint64_t seed) {
        const auto q = training.queries(policy, x, {.seed = seed}, 7);
        f(policy, q.z, q.levels, as_batch(answers, 2));
        const auto value = training.value(policy, as_batch(answers, 2));
        const auto all = training.evaluator().parts(policy);
        CHECK(all.total.value == doctest::Approx(value.value).epsilon(1e-13));
        CHECK(all.total.standard_error == doctest::Approx(value.standard_error).epsilon(1e-10));
        CHECK(all.prior.value == doctest::Approx(exact.prior).epsilon(1e-13));
        CHECK(all.prior.standard_error <= 1e-14);
        return all;
    };
    check_200("variational, 8-bit data", exact.total(), [&](std::uint64_t seed) { return parts(seed).total; });
    check_200("variational, reconstruction of 8-bit data", exact.reconstruction.value,
              [&](std::uint64_t seed) { return parts(seed).reconstruction; });
    check_200("variational, diffusion loss", exact.diffusion.value,
              [&](std::uint64_t seed) { return parts(seed).diffusion; });
    const auto bits = parts(1).bits_per_dim(); // bits of 8-bit data, by type
    static_assert(std::is_same_v<decltype(bits), const density::bits_per_dim_of<density::discrete_data<256>, double>>);
    CHECK(bits.value == doctest::Approx(exact.bits_per_dim().value).epsilon(0.2));
    CHECK(bits.standard_error == doctest::Approx(parts(1).total.standard_error / (2 * std::log(2.))).epsilon(1e-14));
}

TEST_CASE("times of low discrepancy keep the mean, cut the variance, and leave the stated standard error too large") {
    // a Gaussian N(m, v) in 16 dimensions: c = N / (S^2 v + N^2), E|eps - eps_hat|^2 = d (1 - c N)^2 + c^2 S^2 |x - m|^2
    const std::vector<double> mean(16, 0.5), at(16, -0.25);
    const double v = 0.09;
    const distribution::gaussian_mixture<double, dynamic, covariance::isotropic> gaussian({1}, mean, {v});
    const denoiser::optimal f(gaussian);
    const log_snr cleanest{8.}, noisiest{-5.};
    double exact = density::prior_loss(policy, as_batch(at, 16), noisiest)[0] +
                   density::continuous_reconstruction_loss(cleanest, 16);
    const auto rule = math::gauss_legendre<double>(200);
    for (std::size_t q = 0; q < 200; ++q) {
        const log_snr a{-5 + 13 * rule.nodes[q]};
        const double c = noise_scale(a) / (signal_power(a) * v + noise_power(a)), kept = 1 - c * noise_scale(a);
        exact += 6.5 * rule.weights[q] * 16 * (kept * kept + c * c * signal_power(a) * 0.75 * 0.75);
    }
    std::vector<double> x;
    for (int i = 0; i < 128; ++i) x.insert(x.end(), at.begin(), at.end());
    const auto spread = [&](bool low_discrepancy) {
        const variational loss{linear_log_snr<double>(cleanest, noisiest), continuous_data{}, 0, low_discrepancy};
        double sum = 0, squares = 0, stated = 0;
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            const auto e = objective::evaluate(policy, loss, f, as_batch(x, 16), {.seed = seed});
            sum += e.value - exact;
            squares += (e.value - exact) * (e.value - exact);
            stated += e.standard_error * e.standard_error / 200;
        }
        const double variance = (squares - sum * sum / 200) / 199;
        test::check_within(low_discrepancy ? "low discrepancy, |mean| in standard errors"
                                           : "independent, |mean| in standard errors",
                           std::abs(sum / 200) / std::sqrt(variance / 200), 3);
        return std::pair{variance, stated};
    };
    const auto [independent, stated] = spread(false);
    const auto [even, overstated] = spread(true);
    if (std::getenv("CDL_TEST_REPORT") != nullptr)
        std::printf("variance: independent %g (stated %g), low discrepancy %g (stated %g)\n", independent, stated, even,
                    overstated);
    CHECK(independent / stated == doctest::Approx(1).epsilon(0.25)); // 2.5 standard errors of a variance of 200 numbers
    CHECK(even < independent / 4);
    CHECK(overstated > 4 * even);
}

TEST_CASE("the variational objective has the properties of an objective, for every schedule and number of steps") {
    const linear_log_snr<double> linear({6}, {-5});
    const auto network = bent({6}, {-5}, 4, 2);
    laws::check_objective("variational", variational{linear, continuous_data{}, 0, false}, true, 10,
                          1e-11); // quadratic
    laws::check_objective("variational, 5 steps", variational{linear, continuous_data{}, 5, false}, true, 10, 1e-11);
    laws::check_objective("variational, low discrepancy", variational{linear}, false, 10, 1e-11);
    laws::check_objective("variational, network, 3 steps", variational{network, continuous_data{}, 3}, false, 10,
                          1e-11);
}

TEST_CASE("the cotangent of discrete data is that of continuous data: their other parts do not know the denoiser") {
    const auto x = bytes_in_plane(5);
    const linear_log_snr<double> linear({9}, {-5});
    const auto cotangent_of = [&](const auto& data) {
        auto training = objective::prepare(policy, variational{linear, data}, x);
        training.queries(policy, x, {.seed = 3}, 2);
        const std::vector<double> answers(10, 0.25);
        std::vector<double> cotangent(10);
        training.value_and_cotangent(policy, as_batch(answers, 2), as_batch(cotangent, 2));
        return cotangent;
    };
    CHECK(cotangent_of(eight_bit()) == cotangent_of(continuous_data{}));
}

TEST_CASE("the exact denoiser is a stationary point: the gradient by a mixture's parameters is noise") {
    const denoiser::trainable_mixture<double, 2, covariance::isotropic> network(blobs);
    const std::size_t count = network.parameters().size();
    std::vector<double> sum(count), squares(count);
    plane x(500);
    std::vector<double> answers(1000);
    const variational loss{linear_log_snr<double>({6.}, {-5.})};
    auto training = objective::prepare(policy, loss, x);
    constexpr int steps = 60;
    for (int step = 0; step < steps; ++step) { // fresh data for each
        blobs.draw(policy, {.seed = 51, .use = random::purpose::data, .first = 500 * step}, 0, x);
        const auto q = training.queries(policy, x, {.seed = 52}, step);
        network(policy, q.z, q.levels, as_batch(answers, 2));
        training.value_and_cotangent(policy, as_batch(answers, 2), as_batch(answers, 2));
        std::vector<double> gradient(count);
        network.pull_back(policy, q.z, q.levels, as_batch(answers, 2), gradient);
        for (std::size_t p = 0; p < count; ++p) sum[p] += gradient[p], squares[p] += gradient[p] * gradient[p];
    }
    double worst = 0;
    for (std::size_t p = 0; p < count; ++p) {
        const double mean = sum[p] / steps, variance = (squares[p] - steps * mean * mean) / (steps - 1);
        CHECK(variance > 0);
        test::keep_largest(worst, std::abs(mean) / std::sqrt(variance / steps));
    }
    test::check_within("variational, gradient at the exact denoiser in standard errors", worst, 4);
}

namespace {

using mixture_type = denoiser::trainable_mixture<double, 2, covariance::isotropic>;

/// The value for a schedule's parameters, and its gradient by them, through the denoiser's cotangents.
template <class Data>
struct value_of_schedule {
    const mixture_type& network;
    const plane& x;
    Data data;
    index_t steps;
    bool of_squares; ///< of the mean of the squared diffusion losses

    double operator()(const monotone_network<double>& schedule, std::vector<double>* gradient) const {
        constexpr exec::serial here{};
        const variational loss{schedule, data, steps};
        auto training = objective::prepare(here, loss, x);
        const auto q = training.queries(here, x, {.seed = 11}, 4);
        std::vector<double> answers(2 * x.size()), of_z(2 * x.size()), of_level(x.size()),
            unused(network.parameters().size());
        network(here, q.z, q.levels, as_batch(answers, 2));
        std::vector<double> cotangent(answers.size());
        const auto value = training.value_and_cotangent(here, as_batch(answers, 2), as_batch(cotangent, 2));
        const auto diffusion = training.evaluator().diffusion_losses(here);
        if (gradient != nullptr) {
            network.pull_back(here, q.z, q.levels, as_batch(cotangent, 2), unused, as_batch(of_z, 2), of_level);
            const auto cotangents = training.evaluator().level_cotangents(here, x, as_batch(of_z, 2), of_level);
            CHECK(cotangents.size() == x.size() * (steps > 0 ? 2 : 1));
            if (of_squares) {
                objective::pull_back(schedule, objective::of_squares(cotangents, diffusion), *gradient);
            } else {
                objective::pull_back(schedule, cotangents, *gradient);
                objective::pull_back(schedule, training.evaluator().end_cotangents(here, x), *gradient);
            }
        }
        if (!of_squares) return value.value;
        double squares = 0;
        for (const double one : diffusion) squares += one * one / static_cast<double>(diffusion.size());
        return squares;
    }
};

template <class Data>
void check_schedule_gradient(const std::string& what, const plane& x, const Data& data, index_t steps,
                             bool of_squares) {
    const mixture_type network(blobs);
    const auto start = bent({7}, {-5}, 3, 9, 0.3);
    const value_of_schedule<Data> value{network, x, data, steps, of_squares};
    std::vector<double> gradient(start.parameters().size());
    value(start, &gradient);
    double worst = 0, largest = 0;
    for (const double g : gradient) largest = std::max(largest, std::abs(g));
    for (std::size_t p = 0; p < gradient.size(); ++p) {
        const auto shifted = [&](double h) {
            auto other = start;
            auto parameters = start.parameters();
            parameters[p] += h;
            other.set_parameters(parameters);
            return value(other, nullptr);
        };
        const double h = 4e-4;
        const double difference = (8 * (shifted(h) - shifted(-h)) - (shifted(2 * h) - shifted(-2 * h))) / (12 * h);
        test::keep_largest(worst, std::abs(gradient[p] - difference) / largest);
    }
    test::check_within(what, worst, 5e-9);
}

} // namespace

TEST_CASE("the gradient by the schedule's parameters is that of differences: ends, curve, through the denoiser") {
    plane x(40);
    blobs.draw(exec::serial{}, {.seed = 8}, 0, x);
    const auto bytes = bytes_in_plane(20);
    check_schedule_gradient("schedule gradient, continuous time", x, continuous_data{}, 0, false);
    check_schedule_gradient("schedule gradient, 6 steps", x, continuous_data{}, 6, false);
    check_schedule_gradient("schedule gradient, squares", x, continuous_data{}, 0, true);
    check_schedule_gradient("schedule gradient, 8-bit data", bytes, eight_bit(), 0, false);
    check_schedule_gradient("schedule gradient, 8-bit data, 3 steps, squares", bytes, eight_bit(), 3, true);
}

TEST_CASE("a learned schedule halves the variance of the estimate, leaves the bound where it was, and holds its ends") {
    const log_snr cleanest{5.}, noisiest{-10.};
    const mixture_type network(blobs);
    monotone_network<double> schedule(cleanest, noisiest, 4);
    plane x(2048);
    blobs.draw(policy, {.seed = 21}, 0, x);
    auto training = objective::prepare(policy, variational{schedule, continuous_data{}, 0, false}, x);
    std::vector<double> answers(4096), of_z(4096), of_level(2048), unused(network.parameters().size());
    const auto ask = [&](const random::noise_stream& stream, index_t step) {
        const auto q = training.queries(policy, x, stream, step);
        network(policy, q.z, q.levels, as_batch(answers, 2));
        return q;
    };
    for (index_t step = 0; step < 150;
         ++step) { // gradient descent on the logarithm of the mean square, no step too long
        const auto q = ask({.seed = 22}, step);
        std::vector<double> gradient(schedule.parameters().size());
        training.value_and_cotangent(policy, as_batch(answers, 2), as_batch(answers, 2));
        network.pull_back(policy, q.z, q.levels, as_batch(answers, 2), unused, as_batch(of_z, 2), of_level);
        const auto losses = training.evaluator().diffusion_losses(policy);
        const auto cotangents = training.evaluator().level_cotangents(policy, x, as_batch(of_z, 2), of_level);
        objective::pull_back(schedule, objective::of_squares(cotangents, losses), gradient);
        double square = 0;
        for (const double one : losses) square += one * one / 2048;
        auto parameters = schedule.parameters();
        double length = 0;
        for (std::size_t p = 2; p < parameters.size(); ++p) length += gradient[p] * gradient[p];
        const double rate = std::min(0.2 / square, 0.05 / std::sqrt(length));
        for (std::size_t p = 2; p < parameters.size(); ++p) parameters[p] -= rate * gradient[p]; // the ends stay
        schedule.set_parameters(parameters);
        training.evaluator().set_schedule(schedule);
    }
    CHECK(std::abs(schedule.at(0).value - 5) <= 1e-12);
    CHECK(std::abs(schedule.at(1).value + 10) <= 1e-12);
    const auto judged = [&](const auto& judge) { // by noise that it was not learned from
        plane fresh(100000);
        blobs.draw(policy, {.seed = 23}, 0, fresh);
        auto evaluation = objective::prepare(policy, variational{judge, continuous_data{}, 0, false}, fresh);
        const auto q = evaluation.queries(policy, fresh, {.seed = 24}, 0);
        std::vector<double> eps_hat(200000);
        network(policy, q.z, q.levels, as_batch(eps_hat, 2));
        evaluation.value(policy, as_batch(eps_hat, 2));
        return evaluation.evaluator().parts(policy).diffusion;
    };
    const auto linear = judged(linear_log_snr<double>(cleanest, noisiest)), learned = judged(schedule);
    const double gain = std::pow(linear.standard_error / learned.standard_error, 2);
    if (std::getenv("CDL_TEST_REPORT") != nullptr)
        std::printf("learned schedule: %g +- %g, linear %g +- %g, the variance falls %g times\n", learned.value,
                    learned.standard_error, linear.value, linear.standard_error, gain);
    CHECK(gain >= 2);
    const double both = std::hypot(linear.standard_error, learned.standard_error);
    test::check_within("learned schedule, the bound in standard errors", std::abs(linear.value - learned.value) / both,
                       3);
}

TEST_CASE("a batch that is a part of a larger one has the losses of its part, and every step has others") {
    const denoiser::optimal f(blobs);
    const auto x = bytes_in_plane(12);
    const variational loss{linear_log_snr<double>({8}, {-5}), eight_bit(), 0, false};
    const auto losses = [&](const auto& points, const random::noise_stream& stream, index_t step) {
        auto training = objective::prepare(policy, loss, points);
        const auto q = training.queries(policy, points, stream, step);
        std::vector<double> answers(static_cast<std::size_t>(2 * q.size()));
        f(policy, q.z, q.levels, as_batch(answers, 2));
        training.value(policy, as_batch(answers, 2));
        return training.losses(policy);
    };
    const random::noise_stream stream{.seed = 3};
    const auto whole = losses(x, stream, 1), part = losses(plane(x.begin() + 5, x.end()), stream.starting_at(5), 1);
    for (std::size_t i = 0; i < part.size(); ++i) CHECK(test::same_bits(part[i], whole[5 + i]));
    const auto later = losses(x, stream, 2);
    for (std::size_t i = 0; i < later.size(); ++i) CHECK(later[i] != whole[i]);
}

TEST_CASE("schedules without finite ends, data that are no values and shapes that do not fit are refused") {
    constexpr exec::serial here{};
    const plane x(3, {0.2, 0.3});
    CHECK(test::refusal([&] { objective::prepare(here, variational{schedule::cosine<double>()}, x); }) ==
          "cdl::objective::variational: schedule: must have finite ends; got a(0) = inf");
    const linear_log_snr<double> linear({8}, {-5});
    CHECK(test::refusal([&] { objective::prepare(here, variational{linear, continuous_data{}, -1}, x); }) ==
          "cdl::objective::variational: steps: must be positive, or 0 for continuous time; got -1");
    CHECK(test::refusal([&] { objective::prepare(here, variational{linear, density::discrete_data<4>{0, -1}}, x); }) ==
          "cdl::objective::variational: width: must be finite and positive; got -1");
    auto training = objective::prepare(here, variational{linear, eight_bit()}, x);
    CHECK(test::refusal([&] {
              training.queries(here, x, {}, 0);
          }).starts_with("cdl::objective::variational: x: must be values of the discrete data; got point 0, 0.1"));
    auto real = objective::prepare(here, variational{linear}, x);
    real.queries(here, x, {}, 0);
    std::vector<double> numbers(6), wrong(5), levels(3);
    for (const auto& too_early :
         {std::pair{"level_cotangents",
                    test::refusal([&] { real.evaluator().level_cotangents(here, x, as_batch(numbers, 2), levels); })},
          std::pair{"end_cotangents", test::refusal([&] { real.evaluator().end_cotangents(here, x); })}})
        CHECK(too_early.second == std::string("cdl::objective::") + too_early.first +
                                      ": value_and_cotangent: must be asked for first; got none");
    CHECK(test::refusal([&] { real.evaluator().parts(here); }) ==
          "cdl::objective::parts: value: must be asked for first; got none");
    CHECK(test::refusal([&] { real.evaluator().diffusion_losses(here); }) ==
          "cdl::objective::diffusion_losses: value: must be asked for first; got none");
    real.value(here, as_batch(numbers, 2));
    CHECK(test::refusal([&] { real.evaluator().level_cotangents(here, x, as_batch(numbers, 2), wrong); }) ==
          "cdl::objective::level_cotangents: level_cotangent: must be one for each query; got 5 x 1 for 3");
    CHECK(test::refusal([&] { real.evaluator().level_cotangents(here, x, plane(2), levels); }) ==
          "cdl::objective::level_cotangents: z_cotangent: must have the shape of the queries; got 2 x 2 for 3 x 2");
    CHECK(test::refusal([&] { real.evaluator().level_cotangents(here, plane(2), as_batch(numbers, 2), levels); }) ==
          "cdl::objective::level_cotangents: x: must be the batch of the queries; got 2 x 2 for 3 x 2");
    CHECK(test::refusal([&] { real.evaluator().end_cotangents(here, plane(2)); }) ==
          "cdl::objective::end_cotangents: x: must be the batch of the queries; got 2 x 2 for 3 x 2");
    CHECK(test::refusal([] { objective::of_squares<double>({{0, 0, 0}}, {1, 2}); }) ==
          "cdl::objective::of_squares: cotangents: must be as many as losses, or twice as many; got 1 for 2");
}

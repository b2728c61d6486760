// SPDX-License-Identifier: MIT
// The variational bound in its parts, against golden/f and against what it must be equal to and above.

#include <cdl/channel/noising.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/variational_bound.hpp>
#include <cdl/schedule/grids.hpp>
#include <cdl/schedule/linear_log_snr.hpp>

#include <distribution/golden_mixtures.hpp>
#include <distribution/testing.hpp>
#include <support/ulp.hpp>

#include <array>
#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;

namespace {

constexpr test::fast policy{};
const std::vector<std::string> names{"two_1d", "three_1d"};

/// VDM's gamma rises linearly from g0 to g1 in these rows.
schedule::linear_log_snr<double> schedule_of(const test::golden_row& row) {
    return {{-row.input<double>("g0")}, {-row.input<double>("g1")}};
}

auto line_mixture(const std::string& name) {
    return test::golden_mixture(name).make<double, 1, covariance::isotropic>();
}

/// The diffusion loss of a row of golden/f, T steps or "inf".
density::quadrature_result<double> diffusion_loss(const test::golden_row& row,
                                                  const denoiser::optimal<double, 1, covariance::isotropic>& f,
                                                  const std::vector<double>& x) {
    const auto s = schedule_of(row);
    if (row.text("T") == "inf") return density::continuous_diffusion_loss(policy, f, x, s.at(1), s.at(0))[0];
    return density::diffusion_loss(policy, f, x, schedule::uniform_in_time(s, row.integer("T")))[0];
}

/// The mean of f over the data of a mixture on the line, by a trapezoid under each component.
template <class Mixture, class F>
double mean_over_data(const Mixture& mixture, const F& f, index_t nodes = 48) {
    const auto rule = math::normal_trapezoid<double>(nodes, 8.5);
    const auto view = mixture.view();
    double mean = 0, total = 0;
    for (index_t k = 0; k < mixture.size(); ++k) {
        const double weight = std::exp(view.log_weights[k]), deviation = std::sqrt(view.variance(k, 0));
        for (std::size_t q = 0; q < rule.nodes.size(); ++q)
            mean += weight * rule.weights[q] * f({mixture.mean(k, 0) + deviation * rule.nodes[q]});
        total += weight;
    }
    return mean / total;
}

/// K(a) = KL(q(z | x) || q(z)) = E[log q(z | x) - log p_a(z)], by a trapezoid over the noise.
template <class Mixture>
double divergence_from_marginal(const Mixture& mixture, double x, log_snr<double> a) {
    const auto rule = math::normal_trapezoid<double>(384, 8.5);
    double sum = 0;
    for (std::size_t q = 0; q < rule.nodes.size(); ++q) {
        const double e = rule.nodes[q];
        const double log_q = -(math::log_two_pi<double>() + e * e) / 2 - std::log(noise_scale(a));
        sum += rule.weights[q] * (log_q - mixture.log_density(std::array{channel::noisy(x, e, a)}, a));
    }
    return sum;
}

} // namespace

TEST_CASE("the diffusion loss and the prior loss agree with the golden values") {
    double discrete = 0, continuous = 0, prior = 0;
    int rows = 0;
    for (const auto& name : names) {
        const auto mixture = line_mixture(name);
        const denoiser::optimal f(mixture);
        for (const auto& row : test::golden("f_vdm_loss.csv").where("mixture", name)) {
            const std::vector<double> x{row.input<double>("x")};
            const auto loss = diffusion_loss(row, f, x);
            const auto exact = static_cast<double>(row.number("diffusion_loss"));
            test::keep_largest(row.text("T") == "inf" ? continuous : discrete, std::abs(loss.value / exact - 1));
            CHECK(loss.converged);
            const auto exact_prior = static_cast<double>(row.number("prior_kl"));
            test::keep_largest(prior,
                               std::abs(density::prior_loss(policy, x, schedule_of(row).at(1))[0] / exact_prior - 1));
            ++rows;
        }
    }
    CHECK(rows == 36);
    test::check_within("diffusion loss of T steps, relative", discrete, 1e-13);
    test::check_within("diffusion loss in continuous time, relative", continuous, 1e-14);
    test::check_within("prior loss, relative", prior, 2e-15);
}

TEST_CASE("the average of the diffusion loss over the data agrees with the golden values and falls when the steps are "
          "doubled") {
    double worst = 0;
    for (const auto& name : names) {
        const auto mixture = line_mixture(name);
        const denoiser::optimal f(mixture);
        double before = HUGE_VAL;
        for (const auto& row : test::golden("f_vdm_mean_loss.csv").where("mixture", name)) { // T = 1, 2, ..., 64, inf
            const double mean = mean_over_data(
                mixture, [&](const std::vector<double>& x) { return diffusion_loss(row, f, x).value; }, 128);
            const auto exact = static_cast<double>(row.number("mean_diffusion_loss"));
            test::keep_largest(worst, std::abs(mean / exact - 1));
            CHECK(mean < before);
            before = mean;
        }
    }
    test::check_within("average diffusion loss, relative", worst, 8e-12);
}

TEST_CASE("at a single point twice the steps may cost more") {
    const auto mixture = line_mixture("two_1d");
    const denoiser::optimal f(mixture);
    const std::vector<double> x{0.25};
    const schedule::linear_log_snr<double> linear({8}, {-6});
    const auto loss = [&](index_t steps) {
        return density::diffusion_loss(policy, f, x, schedule::uniform_in_time(linear, steps))[0].value;
    };
    CHECK(loss(1) == doctest::Approx(2303.9).epsilon(1e-4));
    CHECK(loss(2) == doctest::Approx(3300.2).epsilon(1e-4));
    CHECK(loss(2) > loss(1)); // where app. F says that doubling always helps
}

TEST_CASE("the diffusion loss is what the two ends know of x: K(a_0) - K(a_1) = L_inf") {
    double known = 0, identity = 0;
    for (const auto& name : names) {
        const auto mixture = line_mixture(name);
        const denoiser::optimal f(mixture);
        for (const auto& row : test::golden("f_kl_marginal.csv").where("mixture", name)) {
            const auto exact = static_cast<double>(row.number("kl_q_zgx_marginal"));
            const double kl = divergence_from_marginal(mixture, row.input<double>("x"), {-row.input<double>("gamma")});
            test::keep_largest(known, std::abs(kl / exact - 1));
        }
        for (const double x : {-4.5, 0.25, 1.25, 7.}) {
            const log_snr noisiest{-6.}, cleanest{8.};
            const auto loss =
                density::continuous_diffusion_loss(policy, f, std::vector<double>{x}, noisiest, cleanest)[0];
            const double difference =
                divergence_from_marginal(mixture, x, cleanest) - divergence_from_marginal(mixture, x, noisiest);
            test::keep_largest(identity, std::abs(loss.value / difference - 1));
        }
    }
    test::check_within("KL(q(z | x) || q(z)), relative", known, 5e-13);
    test::check_within("K(a_0) - K(a_1) against L_inf, relative", identity, 2e-14);
}

TEST_CASE("the diffusion loss in two dimensions is what the two ends know of x, and falls with T on its way to L_inf") {
    const distribution::gaussian_mixture<double, 2, covariance::full> mixture(
        {1, 2}, {-1, 0.5, 1, -0.25}, {0.5, 0.2, 0.2, 0.4, 0.3, -0.1, -0.1, 0.6});
    const denoiser::optimal f(mixture);
    const std::vector<std::array<double, 2>> x{{0.3, -0.8}};
    const log_snr noisiest{-3.}, cleanest{3.};
    const auto limit = density::continuous_diffusion_loss(policy, f, x, noisiest, cleanest)[0];
    CHECK(limit.converged);
    const auto known = [&](log_snr<double> a) { // K(a) by a trapezoid in two dimensions
        const auto rule = math::normal_trapezoid<double>(96, 8.5);
        double sum = 0;
        for (std::size_t i = 0; i < rule.nodes.size(); ++i)
            for (std::size_t j = 0; j < rule.nodes.size(); ++j) {
                const double e[] = {rule.nodes[i], rule.nodes[j]}, n = noise_scale(a);
                const std::array z{channel::noisy(x[0][0], e[0], a), channel::noisy(x[0][1], e[1], a)};
                const double log_q = -math::log_two_pi<double>() - 2 * std::log(n) - (e[0] * e[0] + e[1] * e[1]) / 2;
                sum += rule.weights[i] * rule.weights[j] * (log_q - mixture.log_density(z, a));
            }
        return sum;
    };
    test::check_within("L_inf in two dimensions, relative",
                       std::abs(limit.value / (known(cleanest) - known(noisiest)) - 1), 1e-13);
    double before = 1, order = 0;
    for (const index_t steps : {32, 64, 128}) { // the error of T steps falls like 1 / T
        const double over =
            density::diffusion_loss(policy, f, x, schedule::uniform_in_log_snr(noisiest, cleanest, steps))[0].value -
            limit.value;
        order = before / over;
        before = over;
    }
    CHECK(order == doctest::Approx(2).epsilon(0.02));
}

TEST_CASE("the bound is above the negative log likelihood on average over the data, and at single points need not be") {
    for (const auto& name : names) {
        const auto mixture = line_mixture(name);
        const denoiser::optimal f(mixture);
        const auto gap = [&](const std::vector<double>& x, double cleanest) {
            const auto bound = density::variational_bound(policy, f, x, density::continuous_data{}, log_snr{-6.},
                                                          log_snr{cleanest})[0];
            CHECK(bound.converged());
            return bound.total() + mixture.log_density(std::array{x[0]});
        };
        double before = HUGE_VAL;
        for (const double cleanest : {2., 5., 8.}) {
            const double mean =
                mean_over_data(mixture, [&](const std::vector<double>& x) { return gap(x, cleanest); }, 24);
            CHECK(mean > 0);
            CHECK(mean < before);
            before = mean;
        }
        CHECK(before < 0.005);
        CHECK(gap({9.}, 2) < -0.2); // in the tail the model, which is wider, is the more likely
    }
}

TEST_CASE("the bound of a wrong denoiser is above that of the exact one on average, and its parts add up") {
    const auto mixture = line_mixture("three_1d");
    const denoiser::optimal f(mixture);
    const distribution::gaussian_mixture<double, 1> other({1}, {0.2}, {9});
    const denoiser::optimal wrong(other);
    const auto average = [&](const auto& denoiser) {
        return mean_over_data(mixture, [&](const std::vector<double>& x) {
            const auto grid = schedule::uniform_in_log_snr(log_snr{-6.}, log_snr{6.}, 8);
            const auto bound = density::variational_bound(policy, denoiser, x, density::continuous_data{}, grid)[0];
            CHECK(bound.total() == bound.prior + bound.reconstruction.value + bound.diffusion.value);
            CHECK(bound.diffusion.level_nodes == 8);
            CHECK(bound.bits_per_dim().value == density::bits_per_dim(bound.total(), 1));
            return bound.total();
        });
    };
    CHECK(average(wrong) > average(f) + 0.5);
}

TEST_CASE("the bound of discrete data is above their entropy, and close to it when the cleanest latent is clean") {
    // four values with probabilities 1 : 2 : 3 : 2, and their exact denoiser: a mixture of points
    const density::discrete_data<4> data{-0.75, 0.5};
    const double p[] = {1. / 8, 2. / 8, 3. / 8, 2. / 8};
    const distribution::gaussian_mixture<double, 1> points({1, 2, 3, 2}, {-0.75, -0.25, 0.25, 0.75},
                                                           {1e-12, 1e-12, 1e-12, 1e-12});
    const denoiser::optimal f(points);
    const std::vector<double> x{-0.75, -0.25, 0.25, 0.75};
    double entropy = 0;
    for (const double one : p) entropy -= one * std::log(one);
    double before = HUGE_VAL;
    for (const double cleanest : {2., 4., 6.}) {
        double mean = 0;
        const auto bounds =
            density::variational_bound(policy, f, x, data, log_snr{-9.}, log_snr{cleanest}, {.tolerance = 1e-8});
        for (std::size_t k = 0; k < 4; ++k) {
            mean += p[k] * bounds[k].total();
            CHECK(bounds[k].converged());
        }
        CHECK(mean > entropy);
        CHECK(mean < before);
        before = mean;
    }
    CHECK(before < entropy + 1e-3);
}

TEST_CASE_TEMPLATE("the prior loss keeps its digits where its terms cancel", T, float, double) {
    test::worst_error deficit("softplus(a) - sigmoid(a)"), loss("prior_at"), slope("prior_at slope");
    for (int i = -4000; i <= 4000; ++i) {
        const T a = static_cast<T>(i) / 100;
        const long double wide = test::wide(a), p = 1 / (1 + std::exp(-wide)), n = 1 / (1 + std::exp(wide));
        // the difference of a softplus and a sigmoid, by their series at low SNR
        const long double e = std::exp(wide);
        const long double exact =
            wide < -9 ? e * e * (0.5L - e * (2 / 3.L - e * (0.75L - e * (0.8L - e * (5 / 6.L))))) : std::log1p(e) - p;
        const std::string where = std::to_string(a);
        deficit.see(test::ulp_distance(density::entropy_deficit(log_snr{a}), exact), where);
        const density::prior_at<T> prior(log_snr{a});
        for (const T x : {T(0), T(0.3), T(-5)}) {
            const long double square = test::wide(x) * test::wide(x);
            loss.see(test::ulp_distance(prior.loss(x), (p * square + exact) / 2), where);
            slope.see(test::ulp_distance(prior.slope(x), p * (n * square + p) / 2), where);
        }
    }
    CAPTURE(deficit.text());
    CAPTURE(loss.text());
    CAPTURE(slope.text());
    CHECK(deficit.value() <= 12);
    CHECK(loss.value() <= 12);
    CHECK(slope.value() <= 12);
    CHECK(density::prior_at<T>(pure_noise<T>()).loss(T(7)) == 0);
    CHECK(density::prior_at<T>(clean<T>()).loss(T(7)) == std::numeric_limits<T>::infinity());
}

TEST_CASE("the prior loss of a batch sums its coordinates, in every policy") {
    const std::vector<double> x{0.5, -1, 2, 0, 3, -0.25};
    const density::prior_at<double> one(log_snr{-4.});
    test::for_each_policy([&](const std::string& name, const auto& other) {
        CAPTURE(name);
        const auto losses = density::prior_loss(other, as_batch(x, 3), log_snr{-4.});
        REQUIRE(losses.size() == 2);
        CHECK(losses[1] == one.loss(0.) + one.loss(3.) + one.loss(-0.25));
    });
}

TEST_CASE("fixed nodes are what was asked for and converge nowhere") {
    const auto mixture = line_mixture("two_1d");
    const denoiser::optimal f(mixture);
    const auto loss = density::continuous_diffusion_loss(policy, f, std::vector<double>{1.}, log_snr{-6.}, log_snr{8.},
                                                         {.level_nodes = 10, .noise_nodes = 12})[0];
    CHECK(loss.level_nodes == 10);
    CHECK(loss.noise_nodes == 12);
    CHECK(loss.denoiser_calls == 130);
    CHECK_FALSE(loss.converged);
}

TEST_CASE("levels are doubled until they settle, also where the noise nodes are fixed") {
    const auto mixture = line_mixture("two_1d");
    const denoiser::optimal f(mixture);
    const std::vector<double> x{1., -2.5};
    const log_snr noisiest{-6.}, cleanest{14.};
    for (const double tolerance :
         {1e-10, 1e-15}) { // the second is that of rounding, which fixed noise nodes never meet
        const density::quadrature rule{.tolerance = tolerance, .noise_nodes = 256};
        const auto losses = density::continuous_diffusion_loss(policy, f, x, noisiest, cleanest, rule);
        const auto exact = density::continuous_diffusion_loss(policy, f, x, noisiest, cleanest,
                                                              {.level_nodes = 384, .noise_nodes = 256});
        const auto nlls = density::nll(policy, f, x, rule);
        for (std::size_t i = 0; i < x.size(); ++i) {
            CHECK(losses[i].value == doctest::Approx(exact[i].value).epsilon(10 * tolerance + 1e-14));
            CHECK(nlls[i].value ==
                  doctest::Approx(-mixture.log_density(std::array{x[i]})).epsilon(10 * tolerance + 1e-14));
            CHECK(losses[i].noise_nodes == 256);
        }
    }
}

TEST_CASE("losses of levels that are no chain are refused") {
    const auto mixture = line_mixture("two_1d");
    const denoiser::optimal f(mixture);
    const std::vector<double> x{1};
    using grid = std::vector<log_snr<double>>;
    const auto discrete = [&](const grid& levels) {
        return test::refusal([&] { density::diffusion_loss(policy, f, x, levels); });
    };
    CHECK(discrete({{1.}}) == "cdl::density::diffusion_loss: grid: must have at least two levels; got 1");
    CHECK(discrete({{1.}, clean<double>()}) == "cdl::density::diffusion_loss: cleanest: must be finite; got inf");
    CHECK(discrete({{1.}, {0.}}) ==
          "cdl::density::diffusion_loss: grid: must not decrease: levels go from noisy to clean; "
          "got grid[1] = 0 after 1");
    const auto between = [&](double noisiest, double cleanest) {
        return test::refusal(
            [&] { density::continuous_diffusion_loss(policy, f, x, log_snr{noisiest}, log_snr{cleanest}); });
    };
    CHECK(between(-HUGE_VAL, 1) == "cdl::density::continuous_diffusion_loss: noisiest: must be finite; got -inf");
    CHECK(between(1, 1) ==
          "cdl::density::continuous_diffusion_loss: noisiest: must be below cleanest; got 1 against 1");
    CHECK(test::refusal([&] { density::prior_loss(policy, x, log_snr{std::nan("")}); }) ==
          "cdl::density::prior_loss: noisiest: must not be NaN; got nan");
    const std::vector<std::array<double, 3>> wide{{0, 0, 0}};
    CHECK(test::refusal([&] { density::diffusion_loss(policy, f, wide, grid{{0.}, {1.}}); }) ==
          "cdl::density::quadrature: x: must have dimension 1 or 2 (use density::monte_carlo beyond); got 3");
}

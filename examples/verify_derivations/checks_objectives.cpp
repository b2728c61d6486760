// SPDX-License-Identifier: MIT

// What models are trained with, on one data set, for the exact denoiser: estimates of the library's objectives against the
// values that they estimate, and how these depend on the schedule [VDM eqs. 51, 53, 60-67; CDL Algorithm 1].

#include <cdl/cdl.hpp>
#include <cdl/objective/contrastive.hpp>
#include <cdl/objective/denoising.hpp>
#include <cdl/objective/variational.hpp>
#include <cdl/schedule/monotone_network.hpp>
#include <cdl/schedule/uniform_times.hpp>

#include "network.hpp"
#include "noise_mean.hpp"
#include "step.hpp"
#include "through_model.hpp"

#include <algorithm>

namespace verify {
namespace {

const cdl::exec::serial policy;

/// n times the same point.
numbers copies(const numbers& x, index_t n) {
    numbers all;
    for (index_t i = 0; i < n; ++i) all.insert(all.end(), x.begin(), x.end());
    return all;
}

/// An objective about one point, drawn many times, for the exact denoiser.
template <class Loss>
auto estimated(const setting& s, const Loss& loss, const numbers& x) {
    const auto all = copies(x, s.data.d == 1 ? 32768 : 65536);
    return cdl::objective::evaluate(policy, loss, in_batches{s.library.get()}, cdl::as_batch(all, s.data.d), {61});
}

/// The same of the diffusion loss in the variational bound.
template <class Loss>
auto estimated_diffusion(const setting& s, const Loss& loss, const numbers& x) {
    const auto all = copies(x, s.data.d == 1 ? 32768 : 65536);
    const auto batch = cdl::as_batch(all, s.data.d);
    auto training = cdl::objective::prepare(policy, loss, batch);
    const auto asked = training.queries(policy, batch, {62}, 0);
    numbers eps_hat(all.size());
    in_batches{s.library.get()}(policy, asked.z, asked.levels,
                                cdl::batch_view<double>(eps_hat.data(), asked.z.size(), s.data.d));
    training.value(policy, cdl::as_batch(std::as_const(eps_hat), s.data.d));
    return training.evaluator().parts(policy).diffusion;
}

void see(largest_error& error, const cdl::density::estimate<double>& e, real truth) {
    error.see(in_errors(static_cast<double>(e.value - truth), e.standard_error, static_cast<double>(truth)));
}

/// The errors of the exact denoiser about a point, at the nodes of a rule over all levels between the ends.
struct curve {
    reals levels, weights;
    std::vector<errors_about> errors;

    curve(const setting& s, const numbers& x) {
        const auto rule = cdl::math::gauss_legendre<double>(48);
        const real low = noisiest(s).value, length = cleanest(s).value - low;
        for (std::size_t k = 0; k < rule.nodes.size(); ++k) {
            levels.push_back(low + length * rule.nodes[k]);
            weights.push_back(length * rule.weights[k]);
            errors.emplace_back(s, x, levels[k]);
        }
    }
    /// The integral of f(level, errors there).
    template <class F>
    real integral(const F& f) const {
        real sum = 0;
        for (std::size_t k = 0; k < levels.size(); ++k) sum += weights[k] * f(levels[k], errors[k]);
        return sum;
    }
};

// [VDM eqs. 51, 53] The estimators from one random step, or time, for each draw. [VDM eqs. 64-67] Weighted losses, as integrals over
// the SNR, over the times of the linear schedule, over gamma; and L_simple, over the times of DDPM's schedule.
void check_estimates(const setting& s, const std::vector<curve>& curves, std::vector<line>& lines) {
    largest_error steps, times, over_snr, over_time, over_gamma, simple;
    const double high = cleanest(s).value, low = noisiest(s).value, shift = shift_of(s);
    const cdl::schedule::linear_log_snr<double> linear(cleanest(s), noisiest(s));
    const auto five = cdl::schedule::uniform_in_time(linear, 5);
    const cdl::density::continuous_data data;
    // y(t) = c0 + c1 t + c2 t^2 from softplus(-high) to softplus(-low), so that the ends are the same
    const real c0 = softplus(-static_cast<real>(high)), c1 = (softplus(-static_cast<real>(low)) - c0) / 2, c2 = c1;
    const cdl::schedule::linear_beta<double> curved(static_cast<double>(c0), static_cast<double>(c1),
                                                    static_cast<double>(c2));
    const auto weight_of = [](double center) { return [center](real a) { return sigmoid(center - a); }; };
    const auto w = weight_of(2 + shift), other = weight_of(-1 + shift);
    for (index_t i = 0; i < s.point_count(); ++i) {
        const auto x = s.point(i);
        const curve& about = curves[static_cast<std::size_t>(i)];
        see(steps, estimated_diffusion(s, cdl::objective::variational{linear, data, 5, false}, x),
            sum_of_errors(s, x, five));
        see(times, estimated_diffusion(s, cdl::objective::variational{linear, data, 0, false}, x),
            continuous_loss(s, x));
        see(over_snr,
            estimated(s,
                      cdl::objective::denoising{cdl::schedule::uniform_levels{low, high},
                                                cdl::objective::sigmoid(2 + shift), false},
                      x),
            about.integral(
                [&](real a, const errors_about& e) { return std::exp(a) * w(a) * e.of_x / 2; })); // dv = v da
        see(over_time,
            estimated(s,
                      cdl::objective::denoising{
                          cdl::schedule::truncated_logistic_levels{(low + high) / 2, 2, (high - low) / 4},
                          cdl::objective::sigmoid(-1 + shift), false},
                      x),
            about.integral([&](real a, const errors_about& e) { // t = (high - a) / (high - low)
                const real snr_slope = std::exp(a) * (static_cast<real>(low) - high);
                return -snr_slope * other(a) * e.of_x / 2 / (static_cast<real>(high) - low);
            }));
        see(over_gamma,
            estimated(s,
                      cdl::objective::denoising{cdl::schedule::uniform_in_schedule{curved},
                                                cdl::objective::sigmoid(2 + shift), false},
                      x),
            about.integral([&](real a, const errors_about& e) { return w(a) * e.of_noise / 2; }));
        see(simple,
            estimated(
                s,
                cdl::objective::denoising{cdl::schedule::uniform_in_schedule{curved}, cdl::objective::simple(), false},
                x),
            about.integral([&](real a, const errors_about& e) { // dt = da / gamma'(t), gamma' = y' / (1 - e^-y)
                const real y = softplus(-a), t = (std::sqrt(c1 * c1 + 4 * c2 * (y - c0)) - c1) / (2 * c2);
                return e.of_noise * sigmoid(-a) / (c1 + 2 * c2 * t);
            }));
    }
    const std::string in = ", in standard errors";
    lines.push_back(s.about("VDM 51", "estimates of L_5 from one step a draw against its sum" + in, steps, 5));
    lines.push_back(
        s.about("VDM 53", "estimates of L_inf from one time a draw against divergences of the ends" + in, times, 5));
    lines.push_back(s.about("VDM 64", "weighted loss, levels drawn uniformly, against 1/2 int w |x - x_hat|^2 dv" + in,
                            over_snr, 5));
    lines.push_back(s.about(
        "VDM 65", "weighted loss, logistic levels, against -1/2 int SNR'(t) w |x - x_hat|^2 dt" + in, over_time, 5));
    lines.push_back(s.about("VDM 66",
                            "weighted loss, times of a schedule, against 1/2 int w |eps - eps_hat|^2 dgamma" + in,
                            over_gamma, 5));
    lines.push_back(
        s.about("VDM 67", "L_simple, times of a schedule, against int |eps - eps_hat|^2 dt" + in, simple, 5));
}

/// What automatic differentiation makes of a cotangent of eps_hat, by differences of order 8: cotangents of z and of the level.
struct pulled {
    reals z, level;

    template <class T, class EpsHat>
    pulled(const setting& s, const EpsHat& eps_hat, const std::vector<T>& at, const std::vector<T>& levels,
           const numbers& cotangent) {
        const std::size_t n = levels.size(), d = at.size() / n;
        std::vector<setting::steps> steps;
        for (const T a : levels) steps.push_back(s.steps_at(static_cast<double>(a)));
        const auto h = [&](std::size_t i, std::size_t c) { return c < d ? steps[i].coordinate : steps[i].level; };
        z.assign(at.size(), 0);
        level.assign(n, 0);
        const real factors[] = {4 / 5.L, -1 / 5.L, 4 / 105.L, -1 / 280.L};
        for (std::size_t c = 0; c <= d; ++c) // a coordinate of z, and at last the level
            for (int k = 1; k <= 4; ++k)
                for (const double sign : {1., -1.}) {
                    auto moved = at;
                    auto moved_levels = levels;
                    for (std::size_t i = 0; i < n; ++i)
                        (c < d ? moved[i * d + c] : moved_levels[i]) += sign * k * h(i, c);
                    const auto answer = eps_hat(moved, moved_levels);
                    for (std::size_t i = 0; i < n; ++i)
                        for (std::size_t j = 0; j < d; ++j)
                            (c < d ? z[i * d + c] : level[i]) +=
                                sign * factors[k - 1] / h(i, c) * answer[i * d + j] * cotangent[i * d + j];
                }
    }
};

/// A schedule to be learned, away from its start.
cdl::schedule::monotone_network<double> some_network(const setting& s) {
    cdl::schedule::monotone_network<double> schedule(cleanest(s), noisiest(s), 3);
    auto parameters = schedule.parameters();
    for (std::size_t p = 2; p < parameters.size(); ++p)
        parameters[p] += 0.7 * std::sin(2. + 3. * static_cast<double>(p));
    schedule.set_parameters(parameters);
    return schedule;
}

// [VDM eq. 60] The mean of the gradient of the squared loss is the gradient of the variance. Left: the library's cotangents of
// squares, at random times. Right: E L^2 = 1/4 int |a'| E|eps - eps_hat|^4 da, a' that of the network at the time of a, by
// differences in its parameters. What is between the ends does not move the mean.
void check_variance(const setting& s, const std::vector<curve>& curves, std::vector<line>& lines) {
    largest_error error;
    const auto schedule = some_network(s);
    const auto parameters = schedule.parameters();
    const cdl::objective::variational loss{schedule, cdl::density::continuous_data{}, 0, false};
    for (const index_t i : {index_t{0}, index_t{1}, s.point_count() - 1}) {
        const auto x = copies(s.point(i), 4096);
        const auto batch = cdl::as_batch(x, s.data.d);
        auto training = cdl::objective::prepare(policy, loss, batch);
        std::vector<mean_in_errors> gradients(parameters.size());
        for (index_t step = 0; step < 32; ++step) {
            const auto asked = training.queries(policy, batch, {63}, step);
            numbers z(asked.z.data(), asked.z.data() + x.size()), levels, cotangent(x.size());
            for (index_t k = 0; k < asked.size(); ++k) levels.push_back(asked.levels[k].value);
            const auto eps_hat = s.library->eps_hat_at(z, levels);
            training.value_and_cotangent(policy, cdl::as_batch(eps_hat, s.data.d),
                                         cdl::batch_view<double>(cotangent.data(), asked.size(), s.data.d));
            const pulled back(
                s, [&](const numbers& at, const numbers& a) { return s.library->eps_hat_at(at, a); }, z, levels,
                cotangent);
            const numbers z_cotangent(back.z.begin(), back.z.end()),
                level_cotangent(back.level.begin(), back.level.end());
            numbers gradient(parameters.size());
            cdl::objective::pull_back(
                schedule,
                cdl::objective::of_squares(training.evaluator().level_cotangents(policy, batch,
                                                                                 cdl::as_batch(z_cotangent, s.data.d),
                                                                                 cdl::as_batch(level_cotangent, 1)),
                                           training.evaluator().diffusion_losses(policy)),
                std::span<double>(gradient));
            for (std::size_t p = 2; p < gradient.size(); ++p) gradients[p].add(gradient[p]);
        }
        for (std::size_t p = 2; p < gradients.size(); ++p) {
            const real slope = derivative(0x1p-7L, [&](real moved) {
                network own(parameters);
                own.parameters[p] += moved;
                return curves[static_cast<std::size_t>(i)].integral(
                    [&](real a, const errors_about& e) { return -own.slope(own.time_of(a)) / 4 * e.fourth; });
            });
            error.see(gradients[p].distance(static_cast<double>(slope)));
        }
    }
    lines.push_back(s.about("VDM 60",
                            "mean gradient of the squared loss against that of its variance, by differences of "
                            "quadratures, in standard errors",
                            error, 5));
}

// [VDM eqs. 61, 62] The gradient of the squared loss of given draws, without a second pass through the denoiser: 2 L times the
// cotangents of L by level and slope (62), taken through the schedule (61). Right: differences of squares in long double.
void check_cotangents(const setting& s, std::vector<line>& lines) {
    largest_error of_level, of_parameters;
    const auto schedule = some_network(s);
    const auto parameters = schedule.parameters();
    const auto x = cdl::as_batch(s.points, s.data.d);
    auto training = cdl::objective::prepare(
        policy, cdl::objective::variational{schedule, cdl::density::continuous_data{}, 0, false}, x);
    const auto asked = training.queries(policy, x, {64}, 0);
    const auto n = static_cast<std::size_t>(asked.size()), d = static_cast<std::size_t>(s.data.d);
    const auto eps_hat_of = [&](const reals& z, const reals& levels) {
        reals all;
        for (std::size_t i = 0; i < n; ++i) {
            const reals point(z.begin() + static_cast<long>(i * d), z.begin() + static_cast<long>((i + 1) * d));
            for (const real pull : s.truth.at(levels[i]).pull(point.data())) all.push_back(noise(levels[i]) * pull);
        }
        return all;
    };
    numbers z(asked.z.data(), asked.z.data() + n * d), levels, cotangent(n * d);
    for (index_t k = 0; k < asked.size(); ++k) levels.push_back(asked.levels[k].value);
    const auto eps_hat = s.library->eps_hat_at(z, levels);
    training.value_and_cotangent(policy, cdl::as_batch(eps_hat, s.data.d),
                                 cdl::batch_view<double>(cotangent.data(), asked.size(), s.data.d));
    const pulled back(s, eps_hat_of, reals(z.begin(), z.end()), reals(levels.begin(), levels.end()), cotangent);
    const numbers z_cotangent(back.z.begin(), back.z.end()), level_cotangent(back.level.begin(), back.level.end());
    const auto losses = training.evaluator().diffusion_losses(policy);
    const auto cotangents = cdl::objective::of_squares(
        training.evaluator().level_cotangents(policy, x, cdl::as_batch(z_cotangent, s.data.d),
                                              cdl::as_batch(level_cotangent, 1)),
        losses);
    // The level moves the noisy point, and its components; far from the origin both by much, and what is left is little
    reals terms;
    for (std::size_t i = 0; i < n; ++i) {
        real term = std::fabs(back.level[i]);
        for (std::size_t j = i * d; j < (i + 1) * d; ++j) {
            const real clean = signal(levels[i]) * s.points[j];
            term += std::fabs(back.z[j]) * (std::fabs(clean) + std::fabs(z[j] - clean));
        }
        terms.push_back(2 * std::fabs(losses[i]) * static_cast<real>(n) * term);
    }
    numbers gradient(parameters.size());
    cdl::objective::pull_back(schedule, cotangents, std::span<double>(gradient));

    // L^2 of point i at a level and slope, at the noise that was drawn
    const auto square = [&](std::size_t i, real a, real slope) {
        const real S = signal(levels[i]), N = noise(levels[i]);
        reals eps, moved;
        for (std::size_t j = 0; j < d; ++j) {
            eps.push_back((z[i * d + j] - S * s.points[i * d + j]) / N);
            moved.push_back(signal(a) * s.points[i * d + j] + noise(a) * eps[j]);
        }
        const auto pull = s.truth.at(a).pull(moved.data());
        real error = 0;
        for (std::size_t j = 0; j < d; ++j) error += (eps[j] - noise(a) * pull[j]) * (eps[j] - noise(a) * pull[j]);
        return slope * slope / 4 * error * error;
    };
    double h = HUGE_VAL; // of the schedule's numbers: the largest change of a level is of their order
    for (const double a : levels) h = std::fmin(h, s.steps_at(a).together / 8);
    const network own(parameters);
    for (std::size_t i = 0; i < n; ++i) {
        const real t = cotangents[i].time, a = own.at(t), slope = own.slope(t);
        const real by_level = derivative(h, [&](real moved) { return square(i, a + moved, slope); });
        of_level.see((cotangents[i].level * static_cast<real>(n) - by_level) /
                     std::fmax(std::fmax(1, std::fabs(by_level)), terms[i]));
        of_level.compare(cotangents[i].slope * static_cast<real>(n),
                         derivative(h, [&](real moved) { return square(i, a, slope + moved); }));
    }
    real mean_term = 0;
    for (const real term : terms) mean_term += term / static_cast<real>(n);
    for (std::size_t p = 2; p < gradient.size(); ++p) {
        const real slope = derivative(h, [&](real moved) {
            network changed(parameters);
            changed.parameters[p] += moved;
            real sum = 0;
            for (std::size_t i = 0; i < n; ++i) {
                const real t = cotangents[i].time;
                sum += square(i, changed.at(t), changed.slope(t));
            }
            return sum / static_cast<real>(n);
        });
        of_parameters.see((gradient[p] - slope) / std::fmax(std::fmax(1, std::fabs(slope)), mean_term));
    }
    lines.push_back(
        s.about("VDM 61",
                "gradient of the squared loss by the network's parameters against differences of order 8, relative to "
                "its terms",
                of_parameters, s.bound(1e-11)));
    lines.push_back(
        s.about("VDM 62",
                "2 L times the cotangents of L against differences of L^2 by level and slope, relative to their terms",
                of_level, s.bound(1e-12)));
}

// [CDL Algorithm 1] The contrastive objective, levels and coins drawn, against log 2 - JSD(p, p_zeta) by integration, or against closed
// densities on other points. Of the mean of softplus its known bias is taken, half the variance of LLR times softplus''.
void check_contrastive(const setting& s, std::vector<line>& lines) {
    largest_error error;
    const double work = static_cast<double>(s.data.size() * s.data.d);
    const auto n = static_cast<index_t>(std::clamp(1e4 / work, 500.0, 4000.0));
    for (const double zeta : {s.zetas[1], s.zetas[2]}) {
        s.progress(s.data.label + ": CDL Alg. 1 at zeta = " + std::to_string(zeta));
        const cdl::objective::contrastive<cdl::schedule::fixed_level> loss{
            .zetas = {zeta}, .law = s.sampling.law, .levels = 192};
        const auto x = s.library->draw(51, n);
        const auto batch = cdl::as_batch(x, s.data.d);
        auto training = cdl::objective::prepare(policy, loss, batch);
        const auto asked = training.queries(policy, batch, {52}, 0);
        numbers eps_hat(static_cast<std::size_t>(asked.size() * s.data.d));
        in_batches{s.library.get()}(policy, asked.z, asked.levels,
                                    cdl::batch_view<double>(eps_hat.data(), asked.size(), s.data.d));
        const auto value = training.value(policy, cdl::as_batch(std::as_const(eps_hat), s.data.d));
        double bias = 0;
        for (const auto& ratio : training.evaluator().log_density_ratios(policy))
            bias += cdl::math::sigmoid(ratio.value) * cdl::math::sigmoid(-ratio.value) * ratio.standard_error *
                    ratio.standard_error / 2 / static_cast<double>(n);
        if (bias > 0.01) return; // more noise than a second derivative knows

        const auto noisy = s.truth.at(zeta);
        real truth = 0;
        double spread = 0;
        if (grid_is_small(s)) {
            truth = std::log(2.0L);
            over_grid(s, s.scale.narrowest / 4, [&](const reals& at, real weight) {
                const real p = s.truth.clean().density(at.data()), q = noisy.density(at.data()), m = (p + q) / 2;
                if (p > 0) truth -= weight / 2 * p * std::log(p / m);
                if (q > 0) truth -= weight / 2 * q * std::log(q / m);
            });
        } else {
            mean_in_errors mean;
            for (const double y : {1., -1.}) {
                const auto others = y > 0 ? s.library->draw(53, 4 * n) : draw_noisy(s, 53, 4 * n, zeta).z;
                for (index_t i = 0; i < 4 * n; ++i) {
                    const reals at(others.begin() + i * s.data.d, others.begin() + (i + 1) * s.data.d);
                    mean.add(static_cast<double>(
                        softplus(y * (noisy.log_density(at.data()) - s.truth.clean().log_density(at.data())))));
                }
            }
            truth = mean.mean();
            spread = mean.standard_error();
        }
        error.see(in_errors(static_cast<double>(value.value - bias - truth), std::hypot(value.standard_error, spread),
                            static_cast<double>(truth)));
        error.points += n - 1;
    }
    lines.push_back(s.about(
        "CDL Alg. 1",
        grid_is_small(s) ? "the contrastive objective by Monte Carlo against log 2 - JSD(p, p_zeta), in standard errors"
                         : "the contrastive objective by Monte Carlo against closed densities, in standard errors",
        error, 5));
}

} // namespace

std::vector<line> check_objectives(const setting& s) {
    std::vector<line> lines;
    check_contrastive(s, lines);
    if (!few_components(s)) return lines; // the values that are estimated are sums in long double
    s.progress(s.data.label + ": VDM 51-67");
    std::vector<curve> curves;
    for (index_t i = 0; i < s.point_count(); ++i) curves.emplace_back(s, s.point(i));
    check_estimates(s, curves, lines);
    check_variance(s, curves, lines);
    check_cotangents(s, lines);
    return lines;
}

} // namespace verify

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
    const auto all = copies(x, s.data.d == 1 ? 8192 : 16384);
    return cdl::objective::evaluate(policy, loss, in_batches{s.library.get()}, cdl::as_batch(all, s.data.d), {61});
}

/// The same of the diffusion loss in the variational bound.
template <class Loss>
auto estimated_diffusion(const setting& s, const Loss& loss, const numbers& x) {
    const auto all = copies(x, s.data.d == 1 ? 8192 : 16384);
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

    /// h: a power of 2, by which numbers move without rounding.
    template <class EpsHat>
    pulled(const EpsHat& eps_hat, const numbers& at, const numbers& levels, const numbers& cotangent, double h) {
        const std::size_t n = levels.size(), d = at.size() / n;
        z.assign(at.size(), 0);
        level.assign(n, 0);
        const real factors[] = {4 / 5.L, -1 / 5.L, 4 / 105.L, -1 / 280.L};
        for (std::size_t c = 0; c <= d; ++c) // a coordinate of z, and at last the level
            for (int k = 1; k <= 4; ++k)
                for (const double sign : {1., -1.}) {
                    auto moved = at;
                    auto moved_levels = levels;
                    for (std::size_t i = 0; i < n; ++i) (c < d ? moved[i * d + c] : moved_levels[i]) += sign * k * h;
                    const auto answer = eps_hat(moved, moved_levels);
                    for (std::size_t i = 0; i < n; ++i)
                        for (std::size_t j = 0; j < d; ++j)
                            (c < d ? z[i * d + c] : level[i]) +=
                                sign * factors[k - 1] / h * answer[i * d + j] * cotangent[i * d + j];
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
        const auto x = copies(s.point(i), 1024);
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
            const pulled back([&](const numbers& at, const numbers& a) { return s.library->eps_hat_at(at, a); }, z,
                              levels, cotangent, 0x1p-7);
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
    const auto eps_hat_of = [&](const numbers& z, const numbers& levels) {
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
    // small against the distance in which eps_hat turns from one component to another
    const double h = std::exp2(-11 - std::ceil(std::log2(std::fmax(1, s.scale.largest / s.scale.narrowest))));
    const pulled back(eps_hat_of, z, levels, cotangent, h);
    const numbers z_cotangent(back.z.begin(), back.z.end()), level_cotangent(back.level.begin(), back.level.end());
    const auto cotangents = cdl::objective::of_squares(
        training.evaluator().level_cotangents(policy, x, cdl::as_batch(z_cotangent, s.data.d),
                                              cdl::as_batch(level_cotangent, 1)),
        training.evaluator().diffusion_losses(policy));
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
    const network own(parameters);
    for (std::size_t i = 0; i < n; ++i) {
        const real t = cotangents[i].time, a = own.at(t), slope = own.slope(t);
        of_level.compare(cotangents[i].level * static_cast<real>(n),
                         derivative(h, [&](real moved) { return square(i, a + moved, slope); }));
        of_level.compare(cotangents[i].slope * static_cast<real>(n),
                         derivative(h, [&](real moved) { return square(i, a, slope + moved); }));
    }
    for (std::size_t p = 2; p < gradient.size(); ++p)
        of_parameters.compare(gradient[p], derivative(h, [&](real moved) {
                                  network changed(parameters);
                                  changed.parameters[p] += moved;
                                  real sum = 0;
                                  for (std::size_t i = 0; i < n; ++i) {
                                      const real t = cotangents[i].time;
                                      sum += square(i, changed.at(t), changed.slope(t));
                                  }
                                  return sum / static_cast<real>(n);
                              }));
    lines.push_back(s.about("VDM 61",
                            "gradient of the squared loss by the network's parameters against differences of order 8",
                            of_parameters, s.bound(1e-11)));
    lines.push_back(s.about("VDM 62", "2 L times the cotangents of L against differences of L^2 by level and slope",
                            of_level, s.bound(1e-12)));
}

/// The score of the exact denoiser, with waves added.
numbers wrong_score(const setting& s, int which, const numbers& z, double a) {
    const double amplitude[] = {0.3, 0.1, 0.5}, wavelength[] = {2, 3, 5};
    const cdl::denoiser::with_score_error wrong(through_model{s.library.get()},
                                                cdl::denoiser::wave_error{amplitude[which], wavelength[which], 0.4});
    numbers score(z.size());
    const cdl::log_snr level{a};
    wrong(cdl::point_view<const double>(z.data(), s.data.d), level, cdl::point_view<double>(score.data(), s.data.d));
    for (double& e : score) e = cdl::denoiser::score_from_eps(e, level);
    return score;
}

// [VDM eq. 81] Score matching and denoising score matching differ by a number that does not depend on the model, with any
// weights c1, c2: 1/2 E|sqrt(c1) grad log q(z) - sqrt(c2) s|^2 - 1/2 E|sqrt(c1) grad log q(z | x) - sqrt(c2) s|^2 = constant.
// [VDM eq. 83] So for c1 = c2 = 1 the loss of a wrong score is above that of the optimal one by 1/2 E|s - grad log q|^2 > 0. Three wrong scores.
// One dimension: double integrals over x and eps, integrals over z with the density of the reference.
void check_matching(const setting& s, std::vector<line>& lines) {
    largest_error constant, least;
    const auto eps_rule = cdl::math::normal_trapezoid<double>(220, 11);
    const real c1 = 1.7L, c2 = 0.6L, high = s.scale.largest + 9 * s.scale.spread, step = s.scale.narrowest / 6;
    for (const double away : {-2.0, 0.0, 1.0}) {
        const double a = (s.data.built_in ? 0 : s.scale.middle) + away;
        const real S = signal(a), N = noise(a);
        const auto at_a = s.truth.at(a);
        real denoising[3] = {}, of_wrong[3] = {}, of_best = 0; // with c1, c2; with 1
        for (real x = -high; x <= high; x += step) {
            const real p = step * s.truth.clean().density(&x);
            if (p < 1e-17L) continue;
            for (std::size_t i = 0; i < eps_rule.nodes.size(); ++i) {
                const real weight = p * eps_rule.weights[i], gradient = -eps_rule.nodes[i] / N;
                if (weight < 1e-20L) continue;
                const numbers z{static_cast<double>(S * x + N * eps_rule.nodes[i])};
                const real best = cdl::denoiser::score_from_eps(s.library->eps_hat(z, a)[0], cdl::log_snr{a});
                of_best += weight * (gradient - best) * (gradient - best) / 2;
                for (int f = 0; f < 3; ++f) {
                    const real score = wrong_score(s, f, z, a)[0];
                    const real with_weights = std::sqrt(c1) * gradient - std::sqrt(c2) * score;
                    denoising[f] += weight * with_weights * with_weights / 2;
                    of_wrong[f] += weight * (gradient - score) * (gradient - score) / 2;
                }
            }
        }
        real matching[3] = {}, distance[3] = {}, of_data = 0;
        const real h = std::sqrt(S * S * s.scale.narrowest * s.scale.narrowest + N * N) / 10;
        for (real z = -S * high - 9 * N; z <= S * high + 9 * N; z += h) {
            const numbers point{static_cast<double>(z)};
            const real rounded = point[0], p = h * at_a.density(&rounded), gradient = -at_a.pull(&rounded)[0];
            if (p < 1e-20L) continue;
            of_data += p * gradient * gradient / 2;
            for (int f = 0; f < 3; ++f) {
                const real score = wrong_score(s, f, point, a)[0];
                const real with_weights = std::sqrt(c1) * gradient - std::sqrt(c2) * score;
                matching[f] += p * with_weights * with_weights / 2;
                distance[f] += p * (score - gradient) * (score - gradient) / 2;
            }
        }
        for (int f = 0; f < 3; ++f) {
            constant.compare(matching[f] - denoising[f], c1 * (of_data - 1 / (2 * N * N)));
            least.compare(of_wrong[f] - of_best, distance[f]);
            if (!(of_wrong[f] > of_best)) least.see(HUGE_VAL);
        }
    }
    lines.push_back(s.about("VDM 81",
                            "score matching less denoising score matching against its constant, for three wrong scores",
                            constant, s.bound(1e-13)));
    lines.push_back(s.about(
        "VDM 83", "what denoising score matching adds for three wrong scores against 1/2 E|s - grad log q|^2 > 0",
        least, s.bound(1e-15)));
}

// The same on drawn points, each coordinate with weights of its own: all terms of a point are added before the mean.
void check_matching_by_sampling(const setting& s, std::vector<line>& lines) {
    largest_error constant, least;
    const auto d = static_cast<std::size_t>(s.data.d);
    const index_t n = std::clamp<index_t>(index_t(2e6) / (s.data.size() * s.data.d), 2000, 20000);
    for (const double away : {-2.0, 0.0, 1.0}) {
        const double a = (s.data.built_in ? 0 : std::round(s.scale.middle)) + away;
        const real N = noise(a);
        const auto at_a = s.truth.at(a);
        const auto batch = draw_noisy(s, 65, n, a);
        const auto best = s.library->eps_hat_of_batch(batch.z, a);
        mean_in_errors off[3], excess[3];
        for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
            const numbers z(batch.z.begin() + static_cast<long>(i * d),
                            batch.z.begin() + static_cast<long>((i + 1) * d));
            const auto pull = at_a.pull(reals(z.begin(), z.end()).data());
            for (int f = 0; f < 3; ++f) {
                const auto score = wrong_score(s, f, z, a);
                real sum = 0, more = 0;
                for (std::size_t j = 0; j < d; ++j) {
                    const real c1 = 1.7L + 0.2L * static_cast<real>(j), c2 = 0.6L + 0.5L * static_cast<real>(j % 3);
                    const real of_pair = -batch.eps[i * d + j] / N, of_point = -pull[j], optimal = -best[i * d + j] / N;
                    const real matching = std::sqrt(c1) * of_point - std::sqrt(c2) * score[j];
                    const real denoising = std::sqrt(c1) * of_pair - std::sqrt(c2) * score[j];
                    sum +=
                        (matching * matching - denoising * denoising - c1 * (of_point * of_point - of_pair * of_pair)) /
                        2;
                    more += ((of_pair - score[j]) * (of_pair - score[j]) - (of_pair - optimal) * (of_pair - optimal) -
                             (score[j] - of_point) * (score[j] - of_point)) /
                            2;
                }
                off[f].add(static_cast<double>(sum));
                excess[f].add(static_cast<double>(more));
            }
        }
        for (int f = 0; f < 3; ++f) constant.see(off[f].distance()), least.see(excess[f].distance());
    }
    lines.push_back(s.about("VDM 81",
                            "score matching less denoising score matching less its constant is 0 for three wrong "
                            "scores, Monte Carlo, in standard errors",
                            constant, 5));
    lines.push_back(s.about("VDM 83",
                            "what denoising score matching adds for three wrong scores against 1/2 E|s - grad log "
                            "q|^2, Monte Carlo, in standard errors",
                            least, 5));
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
    s.progress(s.data.label + ": VDM 81, 83");
    if (s.data.d == 1 && s.by_brute_force &&
        s.scale.spread / s.scale.narrowest * static_cast<double>(s.data.size()) < 500)
        check_matching(s, lines);
    else
        check_matching_by_sampling(s, lines);
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

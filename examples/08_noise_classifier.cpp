// SPDX-License-Identifier: MIT

// Example 8: a noise classifier is a denoiser and a density, and a denoiser is a noise classifier. It builds on examples
// 2, 3 and 5.
//
// The problem. A classification diffusion model [CDM] does not predict noise. It classifies a noisy point into one of
// T noise steps or pure noise. All that a diffusion model is for comes out of it: the denoiser is a
// gradient, samples follow from the denoiser, and the likelihood is two logits apart from known. Here the data are mixtures,
// so the exact classifier is known and all of that can be checked to the last digits. It also shows how hard the question
// is for the best possible classifier, and which classifier a denoiser implies that was never trained as one.
//
// Symbols. k = 1, ..., T + 1 the classes: step k of a schedule, and k = T + 1 pure noise, N(0, I); a_k the level of step k;
// N its noise scale; pi the prior probabilities of the classes, here all 1 / (T + 1).
//     p_k        the density of the data noised to a_k
//     p(k | z)   the classifier: the probability of class k for the noisy point z
//
// Equations. With F(z, k) = log p(T + 1 | z) - log p(k | z),
//     eps_hat(z, a_k) = N (grad F(z, k) + z)                                                           [CDM eq. 6]
//     log p_k(z) = log pi_(T+1) / pi_k + log p(k | z) - log p(T + 1 | z) + log N(z; 0, I)               [CDM eq. 8]
// and back, from a denoiser, log p(k | z) = log pi_k + log p_k(z) + constant with log p_k(z) from        [CDL eq. 3].
//
// Where to read on: include/cdl/denoiser/from_classifier.hpp, include/cdl/classifier/exact.hpp,
// include/cdl/objective/classification.hpp.

#include <cdl/cdl.hpp>
#include <cdl/classifier/calibration.hpp>
#include <cdl/classifier/likelihood.hpp>
#include <cdl/classifier/noise_levels.hpp>
#include <cdl/denoiser/perturbed.hpp>
#include <cdl/objective/classification.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/run.hpp>
#include <cdl/schedule/discrete_grids.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

namespace {

using namespace cdl;
using numbers = std::vector<double>;
constexpr exec::serial policy{};

/// Waves on the score that fade with the signal. In pure noise any denoiser knows that eps_hat = z; one that does not
/// contradicts N(0, I) without bound, and implies nothing.
struct fading_waves {
    denoiser::wave_error waves;

    template <class Z, class S, class Out>
    void operator()(const Z& z, const log_snr<S>& a, Out&& out) const {
        waves(z, a, out);
        for (index_t j = 0; j < z.size(); ++j) out[j] = S(signal_scale(a) * out[j]);
    }
};

/// Noisy points of random classes, with the exact logits.
struct labelled {
    numbers z, logits;
    std::vector<index_t> classes;
};
template <index_t D, class Mixture>
labelled draw(const Mixture& data, const schedule::discrete_levels<double>& levels, index_t n) {
    numbers x(static_cast<std::size_t>(n * D));
    const batch_view<double, D> points(x.data(), n, D);
    data.draw(policy, random::noise_stream{.seed = 1}, 0, points);
    auto training = objective::prepare(policy, objective::classification{levels}, points);
    const auto asked = training.queries(policy, points, {.seed = 1}, 0);

    const classifier::noise_classes classes(policy, levels);
    const classifier::exact exact{denoiser::optimal(data), classes};
    numbers logits(static_cast<std::size_t>(n * classes.size()));
    classifier::logits(policy, exact, asked.z, as_batch(logits, classes.size()));
    return {numbers(asked.z.data(), asked.z.data() + n * D), logits, {asked.classes.begin(), asked.classes.end()}};
}

void print_confusion(const char* name, const labelled& points) {
    const auto matrix = classifier::confusion(policy, as_batch(points.logits, 11), points.classes);
    std::printf("%s: accuracy %.2f, cross entropy %.2f nats\n", name, matrix.accuracy.value,
                matrix.cross_entropy.value);
    for (index_t truth = 1; truth <= matrix.classes; ++truth) {
        std::printf("    class %2d ", static_cast<int>(truth));
        for (index_t k = 1; k <= matrix.classes; ++k) std::printf("%4.0f", 100 * matrix.probability(truth, k).value);
        std::puts("");
    }
}

} // namespace

int main() {
    // The data: two Gaussians, weights 1 : 2, means -2 and 1, standard deviations 1/2 and 3/4; ten steps of noise.
    const distribution::gaussian_mixture<double, 1> data({1, 2}, {-2, 1}, {0.25, 0.5625});
    const denoiser::optimal eps_hat(data);
    const auto levels = schedule::discrete_levels<double>::uniform_noise(10); // N = k / 11
    const classifier::noise_classes classes(policy, levels);
    const classifier::exact exact(eps_hat, classes);

    // 1. The likelihood of a point at any step, from one evaluation of the classifier. It is exact because the classifier
    //    is; from a trained one it is what that one claims, not a bound.
    std::puts("1. log p_k(z) from the posterior of the classes, and the true one");
    std::puts("     z   step  p(k | z)  p(11 | z)   from the classifier      true");
    for (const double z : {-2.5, 0.0, 3.0})
        for (const index_t k : {1, 5, 10}) {
            numbers log_posterior(11);
            exact.log_posterior(std::vector{z}, log_posterior);
            std::printf("%6.1f %6d %9.4f %10.4f %21.6f %9.6f\n", z, static_cast<int>(k),
                        std::exp(log_posterior[static_cast<std::size_t>(k - 1)]), std::exp(log_posterior[10]),
                        classifier::log_likelihood(log_posterior, classes.view(), k, std::vector{z}),
                        eps_hat.log_density(std::vector{z}, levels.level(k)));
        }

    // 2. The gradient of the classifier is the denoiser, so samplers can use it. Ancestral sampling along the steps is
    //    algorithm 2 of the paper; any other method works as well.
    const denoiser::from_classifier by_gradient(exact);
    double largest = 0, largest_of_samples = 0;
    for (double z = -4; z <= 4; z += 0.125)
        for (index_t k = 1; k <= 10; ++k) {
            numbers want(1), got(1);
            eps_hat(std::vector{z}, levels.level(k), want);
            by_gradient(std::vector{z}, levels.level(k), got);
            largest = std::max(largest, std::abs(want[0] - got[0]));
        }
    numbers samples(1000), same(1000);
    const random::noise_stream noise{.seed = 8};
    sampler::draw_start(policy, noise, samples);
    same = samples;
    sampler::run(policy, sampler::ancestral{}, eps_hat, schedule::all_steps(levels), samples, noise);
    sampler::run(policy, sampler::ancestral{}, by_gradient, schedule::all_steps(levels), same, noise);
    for (std::size_t i = 0; i < samples.size(); ++i)
        largest_of_samples = std::max(largest_of_samples, std::abs(samples[i] - same[i]));
    std::puts("\n2. The denoiser from the classifier and the exact one");
    std::printf("largest difference of eps_hat below 1e-13: %s; of 1000 samples below 1e-12: %s\n",
                largest < 1e-13 ? "yes" : "no", largest_of_samples < 1e-12 ? "yes" : "no");

    // 3. Training asks a classifier two things, for its gradients would be free if it were only asked for the class. The
    //    exact one has the smallest value of both; a wrong one, here of data whose modes are 10 % further apart, more. Both see
    //    the same noise, so that the differences are known better than the values.
    std::puts("\n3. CDM's objective, both parts, at 50000 points");
    const objective::classification loss{levels};
    const distribution::gaussian_mixture<double, 1> other({1, 2}, {-2.2, 1.1}, {0.25, 0.5625});
    const classifier::exact wrong{denoiser::optimal(other), classes};
    numbers x(50000);
    data.draw(policy, random::noise_stream{.seed = 3}, 0, x);
    for (const bool right : {true, false}) {
        const auto value = objective::evaluate(policy, loss, right ? exact : wrong, x, {.seed = 3}, 0);
        std::printf("%s   cross entropy %.4f +- %.4f   squared error %.4f +- %.4f\n",
                    right ? "exact classifier" : "a wrong one     ", value.cross_entropy.value,
                    value.cross_entropy.standard_error, value.squared_error.value, value.squared_error.standard_error);
    }

    // 4. How hard is it to tell the steps apart? Row k: how probable the best classifier takes the classes to be for points
    //    of class k, in percent. The data: two modes in 32 dimensions, +-(1, ..., 1), standard deviation 0.3. Every
    //    hundredth of DDPM's steps: the noisier, the harder, the last ones are all but the same [CDM fig. 6b]. Steps at
    //    which the noise scale grows evenly are about equally hard, and the last three easier [CDM fig. 8].
    std::puts("\n4. Mean predicted probabilities, in percent");
    numbers means(32, -1.0);
    means.insert(means.end(), 32, 1.0);
    const distribution::gaussian_mixture<double, 32, distribution::covariance::isotropic> wide({1, 1}, means,
                                                                                               {0.09, 0.09});
    const auto ddpm = schedule::discrete_levels<double>::ddpm_linear();
    numbers hundredths;
    for (index_t k = 1; k <= 10; ++k) hundredths.push_back(ddpm.level(100 * k).value);
    print_confusion("DDPM", draw<32>(wide, schedule::discrete_levels<double>::from_log_snrs(hundredths), 11000));
    print_confusion("Uniform", draw<32>(wide, levels, 11000));

    // 5. Every denoiser implies a classifier: how likely a point is at a level is an integral over its squared errors. Here
    //    the exact score is wrong by waves of a given amplitude, less where there is more noise. What is true is known as a probability, the exact posterior.
    std::puts("\n5. The classifier that a denoiser implies, by the amplitude of the error of its score; 6 classes");
    std::puts("amplitude   accuracy  confidence  calibration error   cross entropy");
    const auto few = schedule::discrete_levels<double>::uniform_noise(5);
    const auto points = draw<1>(data, few, 200);
    const classifier::noise_classes six(policy, few);
    const classifier::exact truth(eps_hat, six);
    numbers exact_posteriors(6 * 200);
    classifier::log_posteriors(policy, truth, points.z, as_batch(exact_posteriors, 6));
    const density::quadrature rule{.level_nodes = 40, .noise_nodes = 96};
    numbers worst;
    for (const double amplitude : {0.0, 0.5, 1.0, 2.0}) {
        const fading_waves error{{.amplitude = amplitude, .wavelength = 2}};
        const denoiser::with_score_error wavy(eps_hat, error);
        numbers implied;
        for (const auto& posterior : classifier::noise_levels(policy, wavy, points.z, few, rule))
            implied.insert(implied.end(), posterior.log_posterior.begin(), posterior.log_posterior.end());
        const auto curve = classifier::calibration(policy, as_batch(implied, 6), as_batch(exact_posteriors, 6), 5);
        double cross_entropy = 0; // of the exact posterior and the implied one
        for (std::size_t i = 0; i < implied.size(); ++i)
            cross_entropy -= std::exp(exact_posteriors[i]) * implied[i] / 200;
        std::printf("%9.2f %10.3f %11.3f %18.3f %15.3f\n", amplitude, curve.accuracy.value, curve.confidence.value,
                    curve.expected_calibration_error, cross_entropy);
        worst = implied;
    }
    std::puts("calibration at amplitude 2: predicted probability, points, mean prediction, how often it is true");
    const auto curve = classifier::calibration(policy, as_batch(worst, 6), as_batch(exact_posteriors, 6), 5);
    for (std::size_t b = 0; b < curve.bins.size(); ++b) {
        const auto& bin = curve.bins[b];
        if (bin.count > 0)
            std::printf("%.1f - %.1f %8d %8.2f %8.2f +- %.2f\n", 0.2 * static_cast<double>(b),
                        0.2 * static_cast<double>(b + 1), static_cast<int>(bin.count), bin.mean_prediction,
                        bin.observed.value, bin.observed.standard_error);
    }
}

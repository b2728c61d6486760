// SPDX-License-Identifier: MIT

// Example 2: the exact denoiser of a Gaussian mixture. It builds on example 1.
//
// The problem. A denoiser sees a noisy point z and its level a, and predicts the noise in it. The best guess in the
// mean square is E[eps | z]  [CDL eq. 1]. For real data a network learns it; for a Gaussian mixture it has a closed
// form, and so does everything that follows from it. That makes the mixture the yardstick of this library.
//
// Symbols. S = signal_scale(a), N = noise_scale(a), z = S x + N eps.
//     eps_hat   E[eps | z]                                   x_hat   E[x | z], the posterior mean
//     score     grad log p_a(z), p_a the density of z        v_hat   S eps_hat - N x_hat (Salimans & Ho 2022)
//
// Equations. Component k of the noised mixture has mean S mu_k and covariance C_k = S^2 Sigma_k + N^2 I [CDL A.3], and
//     eps_hat = N sum_k r_k C_k^-1 (z - S mu_k),   r_k = posterior probability of component k.
// Tweedie's formula says the same in terms of the density  [CDL eq. 9]:
//     grad log p_a(z) = -eps_hat / N.
// The left side is computed below by automatic differentiation of the log density, the right side by the denoiser.
//
// Where to read on: CDL section 3 (last paragraph) and appendix A.1; include/cdl/denoiser/optimal.hpp.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/cdl.hpp>

#include <cmath>
#include <cstdio>

int main() {
    using namespace cdl;

    // The data: two components in the plane, weights 1 : 2, full covariances, one number after the other. Weights are
    // normalised; a variance is the square of a standard deviation.
    const distribution::gaussian_mixture<double, 2> data({1, 2},                  // weights
                                                         {-2, 0, 1, 1},           // means
                                                         {0.5, 0.2, 0.2, 0.5,     // covariance of the first
                                                          1.0, -0.3, -0.3, 0.4}); // and of the second component

    // Its denoiser: a view of `data`, cheap to copy.
    const denoiser::optimal eps_hat(data);

    // 1. One point. A point is anything with z[j], here an Eigen vector; outputs come last.
    const Eigen::Vector2d z{0.5, 0.5};
    const log_snr a{1.0};
    Eigen::Vector2d noise, x_hat, score;
    eps_hat(z, a, noise);
    eps_hat.posterior_mean(z, a, x_hat);
    data.score(z, a, score);
    std::puts("1. One noisy point z = (0.5, 0.5) at level a = 1");
    std::printf("log p_a(z)  %9.6f\n", eps_hat.log_density(z, a));
    std::printf("eps_hat     %9.6f %9.6f\n", noise[0], noise[1]);
    std::printf("x_hat       %9.6f %9.6f\n", x_hat[0], x_hat[1]);
    std::printf("score       %9.6f %9.6f\n", score[0], score[1]);
    std::printf("P(first component | z) = %.6f\n", std::exp(data.log_responsibility(0, z, a)));

    // 2. The predictions are one prediction in different coordinates; conversions work on one coordinate.
    std::puts("\n2. The same prediction, converted from eps_hat");
    for (const int j : {0, 1})
        std::printf("x_hat[%d] = %9.6f   score[%d] = %9.6f   v_hat[%d] = %9.6f\n", j,
                    denoiser::x_from_eps(z[j], noise[j], a), j, denoiser::score_from_eps(noise[j], a), j,
                    denoiser::v_from_eps(z[j], noise[j], a));

    // 3. Tweedie's formula. The log density is a template on the scalar of z, so an autodiff number goes through the
    //    same lines, and its derivatives are the score.
    using dual = Eigen::AutoDiffScalar<Eigen::Vector2d>;
    const Eigen::Vector<dual, 2> z_dual{dual(z[0], 2, 0), dual(z[1], 2, 1)};
    const Eigen::Vector2d gradient = data.log_density(z_dual, log_snr{dual(a.value)}).derivatives();
    const double difference = (gradient + noise / noise_scale(a)).cwiseAbs().maxCoeff();
    std::puts("\n3. Tweedie: grad log p_a(z) by automatic differentiation");
    std::printf("gradient    %9.6f %9.6f   equal to -eps_hat / N within 1e-13: %s\n", gradient[0], gradient[1],
                difference < 1e-13 ? "yes" : "no");

    // 4. Low signal. At a = -60 almost nothing of x is left in z, so x_hat is nearly the mean of the data, (0, 2/3).
    //    (z - N eps_hat) / S divides a difference of nearly equal numbers by S = 1e-13; the posterior mean is computed
    //    from the components and keeps its digits.
    const log_snr faint{-60.0};
    eps_hat(z, faint, noise);
    eps_hat.posterior_mean(z, faint, x_hat);
    std::puts("\n4. The posterior mean at a = -60");
    std::printf("posterior_mean  %9.6f %9.6f\n", x_hat[0] + 0.0, x_hat[1]);
    std::printf("x_from_eps is wrong by more than 1e-5: %s\n",
                std::abs(denoiser::x_from_eps(z[1], noise[1], faint) - x_hat[1]) > 1e-5 ? "yes" : "no");

    // 5. A batch. A d x n Eigen matrix is n points, one in each column. A policy, the first argument, says how to run:
    //    `serial` here; exec::simd and exec::openmp take the same calls. Random numbers are a function of seed, step,
    //    point and coordinate, so every policy draws the same ones.
    constexpr exec::serial policy{};
    constexpr int n = 10000;
    const random::noise_stream data_noise{.seed = 1, .use = random::purpose::data};
    const random::noise_stream channel_noise{.seed = 1, .use = random::purpose::channel};
    Eigen::Matrix2Xd x(2, n), eps(2, n), noisy(2, n), guess(2, n);
    data.draw(policy, data_noise, 0, x);
    channel::draw_noise(policy, channel_noise, 0, eps);
    std::puts("\n5. The mean squared error of eps_hat over 10000 points; d sigmoid(a) belongs to standard normal data");
    std::puts("       a       error   d sigmoid(a)");
    for (const log_snr level : {log_snr{-4.0}, log_snr{0.0}, log_snr{4.0}}) {
        channel::add_noise(policy, x, level, eps, noisy); // one level for all points
        eps_hat(policy, noisy, level, guess);
        std::printf("%8.1f  %10.6f  %13.6f\n", level.value, (eps - guess).colwise().squaredNorm().mean(),
                    2 * signal_power(level));
    }

    // 6. Any function of one point becomes a batch denoiser by `lift`, and every point may have a level of its own.
    const std::vector<log_snr<double>> levels{log_snr{-4.0}, log_snr{0.0}, log_snr{4.0}};
    const auto batch_denoiser = denoiser::lift(eps_hat);
    batch_denoiser(policy, noisy.leftCols(3), {levels.data(), 3}, guess.leftCols(3));
    std::puts("\n6. Three points, three levels");
    for (int i = 0; i < 3; ++i)
        std::printf("a = %4.1f  eps_hat = %9.6f %9.6f\n", levels[static_cast<std::size_t>(i)].value, guess(0, i),
                    guess(1, i));
}

// SPDX-License-Identifier: MIT

// Example 3: the density of the data, its noised versions and a noise classifier, all from one denoiser. It builds on
// examples 1 and 2.
//
// The problem. A trained diffusion model is a denoiser; it has no density in sight. Yet the mean squared error of the
// optimal denoiser about a point x, integrated over all levels, is the density at x. The functions below see the
// denoiser and nothing else. The data is a Gaussian mixture, so every answer can be compared with its closed form.
//
// Symbols. z = signal_scale(a) x + noise_scale(a) eps, and zeta is a level at which the data itself is noised:
//     p_zeta   the density of data noised to level zeta; zeta = +inf is the data, p
//     beta     compose(a, zeta);     b = noise_scale(a) / noise_scale(beta)          [CDL eq. 5]
//     nll      -log p_zeta(x) in nats
//     ratio    log p_zeta(x) - log p(x)
//     y        a label: +1 for clean data, -1 for data noised to zeta, equally likely
//
// Equations. eps_hat is the denoiser of the clean data in all of them.
//     -log p(x)      = d/2 log(2 pi e) + 1/2 int E[ |eps - eps_hat(z, a)|^2      - d sigmoid(a) ] da    [CDL eq. 2]
//     -log p_zeta(x) = d/2 log(2 pi e) + 1/2 int E[ |eps - b eps_hat(z, beta)|^2 - d sigmoid(a) ] da    [CDL eq. 3]
//     ratio          = 1/2 int E[ |eps - eps_hat(z, a)|^2 - |eps - b eps_hat(z, beta)|^2 ] da           [CDL eq. 8]
//     log q(y | x)   = -softplus(y ratio)                                                               [CDL eq. 6]
// The paper prints eq. 8 without the factor 1/2, and in eqs. 2 and 3 it moves the constant out of the integral.
//
// Where to read on: CDL sections 2 and 3, appendix A.2; docs/equations.md has the largest error seen in each.

#include <cdl/cdl.hpp>

#include <cmath>
#include <cstdio>

int main() {
    using namespace cdl;

    constexpr exec::serial policy{};
    const distribution::gaussian_mixture<double, 1> data({1, 2}, {-2, 1}, {0.3, 0.5}); // weights, means, variances
    const denoiser::optimal eps_hat(data);
    const std::vector<double> x{-4, -2, 0, 1, 3}; // five points on a line
    const log_snr zeta{2.0};
    const auto exact = [&](std::size_t i, log_snr<double> level) { return data.log_density(std::array{x[i]}, level); };

    // 1. The density by quadrature, in one or two dimensions. The nodes are doubled until it no longer matters.
    std::puts("1. -log p(x) by quadrature [CDL eq. 2] and in closed form");
    std::puts("    x   from denoiser  closed form  agree to 1e-10");
    const density::quadrature quadrature;
    const auto nll = density::nll(policy, eps_hat, x, quadrature);
    for (std::size_t i = 0; i < x.size(); ++i)
        std::printf("%5.1f  %14.6f  %11.6f  %s\n", x[i], nll[i].value, -exact(i, clean<double>()),
                    std::abs(nll[i].value + exact(i, clean<double>())) < 1e-10 ? "yes" : "no");

    // 2. The same call with a level gives the density of the noised data, from the denoiser of the clean data.
    std::puts("\n2. -log p_zeta(x), zeta = 2 [CDL eq. 3]");
    std::puts("    x   from denoiser  closed form  agree to 1e-10");
    const auto nll_zeta = density::nll(policy, eps_hat, x, zeta, quadrature);
    for (std::size_t i = 0; i < x.size(); ++i)
        std::printf("%5.1f  %14.6f  %11.6f  %s\n", x[i], nll_zeta[i].value, -exact(i, zeta),
                    std::abs(nll_zeta[i].value + exact(i, zeta)) < 1e-10 ? "yes" : "no");

    // 3. Monte Carlo works in any dimension. The estimate is unbiased and carries its standard error, here from 4096
    //    random levels with 4 draws of the noise each. The same seed gives the same estimate.
    std::puts("\n3. -log p(x) by Monte Carlo, value and standard error");
    std::puts("    x       value  std. error  within 3 of them");
    const density::monte_carlo sampling{.levels = 4096, .noises = 4, .law = {}, .seed = 7};
    const auto estimates = density::nll(policy, eps_hat, x, sampling);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double error = std::abs(estimates[i].value + exact(i, clean<double>()));
        std::printf("%5.1f  %10.4f  %10.4f  %s\n", x[i], estimates[i].value, estimates[i].standard_error,
                    error < 3 * estimates[i].standard_error ? "yes" : "no");
    }

    // 4. The ratio of two densities that nearly agree: zeta = 6. With common random numbers both densities see the same
    //    levels and the same noise, and the error of the difference is small. Independent draws are an option, to
    //    reproduce what the code published with the paper does.
    std::puts("\n4. log p_zeta(x) - log p(x), zeta = 6 [CDL eq. 8]");
    std::puts("    x  closed form  common random numbers   independent draws");
    const log_snr high{6.0};
    auto independent = sampling;
    independent.common_random_numbers = false;
    const auto common = density::log_density_ratio(policy, eps_hat, x, high, sampling);
    const auto apart = density::log_density_ratio(policy, eps_hat, x, high, independent);
    for (std::size_t i = 0; i < x.size(); ++i)
        std::printf("%5.1f  %11.6f  %9.6f +- %.6f  %9.4f +- %.4f\n", x[i], exact(i, high) - exact(i, clean<double>()),
                    common[i].value, common[i].standard_error, apart[i].value, apart[i].standard_error);

    // 5. The classifier. Is x clean, or noised to zeta = 2? The posterior of the label is a function of the ratio.
    std::puts("\n5. The probability that x is noised to zeta = 2, not clean [CDL eq. 6]");
    std::puts("    x   from denoiser  closed form");
    const auto label = classifier::noise_level(policy, eps_hat, x, zeta, quadrature);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double ratio = exact(i, zeta) - exact(i, clean<double>());
        std::printf("%5.1f  %14.6f  %11.6f\n", x[i], std::exp(label[i].log_noisy), 1 / (1 + std::exp(-ratio)));
    }
}

// SPDX-License-Identifier: MIT

// The numbers behind docs/images/readme.svg: three data sets for gnuplot, separated by two blank lines. Lines are closed
// forms, points come from the denoiser by quadrature. The data is the mixture of the program in README.md.
//   index 0, 1   x, then p_zeta(x) for zeta = +inf, 2, 0, -3          (0: closed form, 1: from the denoiser)
//   index 2, 3   x, log p_zeta(x) - log p(x), q(noisy | x), zeta = 2  (2: closed form, 3: from the denoiser)

#include <cdl/cdl.hpp>

#include <cmath>
#include <cstdio>

int main() {
    using namespace cdl;
    const distribution::gaussian_mixture<double, 1> data({1, 2}, {-2, 1}, {0.3, 0.5});
    const denoiser::optimal eps_hat(data);
    const std::vector<log_snr<double>> zetas{clean<double>(), {2.0}, {0.0}, {-3.0}};
    const log_snr zeta{2.0};
    const density::quadrature rule;
    constexpr exec::serial policy{};
    const auto grid = [](int points) {
        std::vector<double> x;
        for (int i = 0; i < points; ++i) x.push_back(-5 + 9.0 * i / (points - 1));
        return x;
    };
    const auto fine = grid(181), coarse = grid(25);

    for (const double x : fine) {
        std::printf("%.6f", x);
        for (const auto level : zetas) std::printf(" %.6f", std::exp(data.log_density(std::array{x}, level)));
        std::puts("");
    }
    std::puts("\n");
    std::vector<std::vector<density::quadrature_result<double>>> nlls;
    for (const auto level : zetas) nlls.push_back(density::nll(policy, eps_hat, coarse, level, rule));
    for (std::size_t i = 0; i < coarse.size(); ++i) {
        std::printf("%.6f", coarse[i]);
        for (const auto& nll : nlls) std::printf(" %.6f", std::exp(-nll[i].value));
        std::puts("");
    }

    std::puts("\n");
    for (const double x : fine) {
        const double ratio = data.log_density(std::array{x}, zeta) - data.log_density(std::array{x});
        std::printf("%.6f %.6f %.6f\n", x, ratio, 1 / (1 + std::exp(-ratio)));
    }
    std::puts("\n");
    const auto ratio = density::log_density_ratio(policy, eps_hat, coarse, zeta, rule);
    const auto label = classifier::noise_level(policy, eps_hat, coarse, zeta, rule);
    for (std::size_t i = 0; i < coarse.size(); ++i)
        std::printf("%.6f %.6f %.6f\n", coarse[i], ratio[i].value, std::exp(label[i].log_noisy));
}

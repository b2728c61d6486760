// SPDX-License-Identifier: MIT
// Your own denoiser, any function of a noisy point and a level, and the density that it implies.

#include <cdl/cdl.hpp>

#include <cstdio>

// The data is uniform on the two points -1 and 1: E[x | z] = tanh(S z / N^2), with S and N the scales of signal and noise.
struct two_points {
    template <class Z, class S, class E>
    void operator()(const Z& z, const cdl::log_snr<S>& a, E&& eps_hat) const {
        using std::tanh;
        const S x_hat = tanh(cdl::signal_scale(a) * S(z[0]) / cdl::noise_power(a));
        eps_hat[0] = (S(z[0]) - cdl::signal_scale(a) * x_hat) / cdl::noise_scale(a);
    }
};

int main() {
    using namespace cdl;
    const std::vector<double> x{-2, 0, 1};
    const log_snr zeta{1.0}; // two points have no density; noised to zeta they have
    const double v = noise_power(zeta), s = signal_scale(zeta);
    const auto nll = density::nll(exec::serial{}, two_points{}, x, zeta, density::quadrature{});
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto bump = [&](double mean) { return std::exp(-(x[i] - mean) * (x[i] - mean) / (2 * v)); };
        const double exact = (bump(s) + bump(-s)) / 2 / std::sqrt(2 * std::numbers::pi * v);
        std::printf("x = %2.0f  -log p_1(x) = %.8f  closed form %.8f  %s\n", x[i], nll[i].value, -std::log(exact),
                    nll[i].converged ? "converged" : "not converged");
    }
}

// SPDX-License-Identifier: MIT
// A program of somebody who uses cdl: the negative log likelihood of a point, from a denoiser alone.

#include <cdl/cdl.hpp>

#include <cmath>
#include <iostream>
#include <vector>

int main() {
    const cdl::distribution::gaussian_mixture<double, 1> mixture({0.5, 0.5}, {-2.0, 2.0}, {0.25, 0.25});
    const cdl::denoiser::optimal denoiser(mixture);
    const std::vector<double> x = {1.5};

    const auto nll = cdl::density::nll(cdl::exec::serial{}, denoiser, x, cdl::density::quadrature{});
    const double exact = -denoiser.log_density(cdl::as_batch(x)[0], cdl::clean<double>());
    std::cout << "cdl " << cdl::version << ": nll " << nll[0].value << ", exactly " << exact << '\n';
    return std::abs(nll[0].value - exact) < 1e-9 ? 0 : 1;
}

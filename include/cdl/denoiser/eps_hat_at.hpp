// SPDX-License-Identifier: MIT
#pragma once

// The estimate of one point as a value: for a look at a denoiser, where speed does not count.

#include <cdl/denoiser/concept.hpp>

#include <vector>

namespace cdl::denoiser {

/// eps_hat = f(z, a) of any point denoiser, as d numbers. z: d coordinates, with a size.
template <class F, point Z>
    requires point_denoiser<F, coordinate_t<Z>>
std::vector<coordinate_t<Z>> eps_hat_at(const F& f, const Z& z, const log_snr<coordinate_t<Z>>& a) {
    const auto d = static_cast<index_t>(z.size());
    if constexpr (requires { f.dim(); })
        require(d == f.dim(), "cdl::denoiser::eps_hat_at", "z", "must have the dimension of the denoiser", d, " for ",
                f.dim());
    std::vector<coordinate_t<Z>> eps_hat(static_cast<std::size_t>(d));
    f(z, a, eps_hat);
    return eps_hat;
}

} // namespace cdl::denoiser

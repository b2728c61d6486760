// SPDX-License-Identifier: MIT
#pragma once

// The library's denoiser of a data set as the library takes denoisers: of one point, of batches. Whatever is made of a
// denoiser is then compiled once and not for every type of mixture.

#include <cdl/cdl.hpp>

#include "model.hpp"

namespace verify {

/// A point denoiser.
struct through_model {
    const model* library;

    template <class Z, class E>
    void operator()(const Z& z, const cdl::log_snr<double>& a, E&& eps_hat) const {
        numbers point;
        for (index_t j = 0; j < z.size(); ++j) point.push_back(z[j]);
        const auto answer = library->eps_hat(point, a.value);
        for (index_t j = 0; j < z.size(); ++j) eps_hat[j] = answer[static_cast<std::size_t>(j)];
    }
};

/// A batch denoiser.
struct in_batches {
    const model* library;

    template <class P, class Z, class E>
    void operator()(const P&, const Z& z, const cdl::level_view<double>& levels, const E& eps_hat) const {
        numbers points, at;
        for (index_t i = 0; i < z.size(); ++i) {
            at.push_back(levels[i].value);
            for (index_t j = 0; j < z.dim(); ++j) points.push_back(z(i, j));
        }
        const auto answer = library->eps_hat_at(points, at);
        for (index_t i = 0; i < z.size(); ++i)
            for (index_t j = 0; j < z.dim(); ++j) eps_hat(i, j) = answer[static_cast<std::size_t>(i * z.dim() + j)];
    }
};

} // namespace verify

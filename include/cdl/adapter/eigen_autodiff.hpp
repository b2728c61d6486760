// SPDX-License-Identifier: MIT
#pragma once

// Eigen's forward-mode autodiff number as a scalar of cdl: it lacks two functions, added here where argument-dependent
// lookup finds them. Differentiating log p_a(z) with it gives the score, to be compared with the denoiser's.

#include <cdl/core/scalar.hpp>

#include <Eigen/Core>
#include <unsupported/Eigen/AutoDiff>

namespace Eigen {

/// log(1 + x), derivative 1 / (1 + x).
template <class Derivatives>
auto log1p(const AutoDiffScalar<Derivatives>& x) {
    using std::log1p;
    using number = AutoDiffScalar<typename internal::remove_all<Derivatives>::type::PlainObject>;
    const auto value = x.value();
    return number(log1p(value), x.derivatives() * (1 / (1 + value)));
}

/// e^x - 1, derivative e^x.
template <class Derivatives>
auto expm1(const AutoDiffScalar<Derivatives>& x) {
    using std::exp, std::expm1;
    using number = AutoDiffScalar<typename internal::remove_all<Derivatives>::type::PlainObject>;
    const auto value = x.value();
    return number(expm1(value), x.derivatives() * exp(value));
}

} // namespace Eigen

// SPDX-License-Identifier: MIT
#pragma once

// How the integrals over levels and noise are taken: by one of two rules. What the identities take is said here, once.

#include <cdl/density/monte_carlo.hpp>
#include <cdl/density/quadrature.hpp>

namespace cdl::density {

/// Satisfied by the two rules of integration, `quadrature` and `monte_carlo`.
template <class R>
concept integration_rule = std::same_as<R, quadrature> || std::same_as<R, monte_carlo>;

/// Satisfied where a rule can integrate over the answers of a denoiser for points of a batch.
template <class P, class F, class X, class Rule>
concept integrable =
    integration_rule<Rule> &&
    denoiser::usable_denoiser<std::remove_cvref_t<F>, P, batch_scalar_t<X>, batch_view_of<const X>::static_dim>;

/// Refuses to compile, in one sentence, what is given where a rule belongs and is none.
template <class Rule>
constexpr void require_rule() {
    constexpr bool good = integration_rule<Rule>;
    static_assert(good, "cdl: a rule is density::quadrature{...} or density::monte_carlo{...}");
}

} // namespace cdl::density

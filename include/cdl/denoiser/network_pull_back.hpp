// SPDX-License-Identifier: MIT
#pragma once

// What a loss feels of the points and the levels through a network. Training needs the cotangent of the output alone
// (`output_cotangent`); a noise schedule that is learned needs more, because its levels change what the network is shown, what it
// is told, and what its output means:
//
//     eps_hat = of_z z + of_output output,   output = network(input z, told),   all factors functions of the level a.
//
// A framework takes the cotangent of the output through its network and has those of what went in, of the shown points and of
// what was told. With them the chain rule ends here:
//
//     d / dz_j = of_z d/deps_j + input d/dshown_j
//     d / da   = sum_j [ (of_z' z_j + of_output' output_j) d/deps_j + input' z_j d/dshown_j ] + told' d/dtold.

#include <cdl/denoiser/from_network.hpp>

namespace cdl::denoiser {

namespace detail {

/// The cotangents of point i and of its level.
template <class T, class Space, class Z, class Out, class E, class In, class ZBar>
struct network_pulled_back {
    parametrisation<T, Space> convention;
    Z z;
    level_view<T, Space> levels;
    Out output;
    E eps_cotangent;
    In input_cotangent;
    const T* told_cotangent;
    ZBar z_cotangent;
    T* level_cotangent;

    CDL_HD void operator()(index_t i) const {
        const auto terms = convention.terms(levels[i]), slopes = convention.term_slopes(levels[i]);
        T of_level = T(0);
        if (told_cotangent != nullptr) of_level = T(convention.told_slope(levels[i]) * told_cotangent[i]);
        for (index_t j = 0; j < z.dim(); ++j) {
            const T of_eps = eps_cotangent(i, j), of_input = input_cotangent(i, j); // read before they are overwritten
            const T eps_slope = T(slopes.of_z * z(i, j) + slopes.of_output * output(i, j));
            of_level = T(of_level + T(eps_slope * of_eps + T(slopes.input * z(i, j)) * of_input));
            z_cotangent(i, j) = T(terms.of_z * of_eps + terms.input * of_input);
        }
        if (level_cotangent != nullptr) level_cotangent[i] = of_level;
    }
};

} // namespace detail

/// Takes the cotangents of eps_hat back to the points and to their levels. z: the points, n x d. output: what the network said,
/// n x d. eps_cotangent: d value / d eps_hat, n x d, as an objective gives it: `output_cotangent` works in place, so on a copy.
/// input_cotangent, told_cotangent: d value / d of what the network was shown, n x d, and told, n numbers, as the framework's
/// backward gives them; told_cotangent may be nullptr where the network has none, as for steps. Results: z_cotangent, n x d, which
/// may lie where input_cotangent or eps_cotangent lies, and level_cotangent, n numbers, also where all points have one level;
/// nullptr where it is not wanted. The pointers are in the policy's memory.
///
/// `objective::variational` takes both results in `level_cotangents`. Where a factor or its slope has no limit, at infinite levels
/// and for some conventions, the results are not finite. Throws std::invalid_argument when shapes differ or the convention is not possible. One pass.
template <exec::policy P, class T, batch Z, batch Out, batch E, batch In, writable_batch ZBar>
void network_pull_back(const P& policy, const parametrisation<T, typename P::space>& convention, const Z& z,
                       const std::type_identity_t<level_view<T, typename P::space>>& levels, const Out& output,
                       const E& eps_cotangent, const In& input_cotangent, const std::type_identity_t<T>* told_cotangent,
                       ZBar&& z_cotangent, std::type_identity_t<T>* level_cotangent) {
    constexpr auto where = "cdl::denoiser::network_pull_back";
    const auto from = exec::view_on(policy, z);
    const auto said = exec::view_on(policy, output);
    const auto of_eps = exec::view_on(policy, eps_cotangent);
    const auto of_input = exec::view_on(policy, input_cotangent);
    const auto to = exec::view_on(policy, z_cotangent);
    convention.check(where);
    detail::require_levels_for(levels, from.size(), where);
    detail::require_shape_of(from, said, where, "output");
    detail::require_shape_of(from, of_eps, where, "eps_cotangent");
    detail::require_shape_of(from, of_input, where, "input_cotangent");
    detail::require_shape_of(from, to, where, "z_cotangent");
    require_writable(to, where, "z_cotangent");
    policy.for_each_index(from.size(), detail::network_pulled_back{convention, from, levels, said, of_eps, of_input,
                                                                   told_cotangent, to, level_cotangent});
}

} // namespace cdl::denoiser

// SPDX-License-Identifier: MIT
#pragma once

// The first part of the variational bound: how far the noisiest latent z_1 of a point is from the prior N(0, I)
// [VDM eq. 37]. With S, N the scales of the level a of z_1,
//
//     KL(q(z_1 | x) || N(0, I)) = 1/2 sum_j [ S^2 x_j^2 + N^2 - 1 - log N^2 ]
//                               = 1/2 sum_j [ S^2 x_j^2 + softplus(a) - sigmoid(a) ].
//
// At the levels that matter S^2 is small and the last two terms, both about S^2, leave S^4 / 2. That difference is formed
// from a series of positive terms.

#include <cdl/exec/policy.hpp>
#include <cdl/schedule/level_view.hpp>

#include <vector>

namespace cdl::density {

/// softplus(a) - sigmoid(a) = -log(1 - p) - p with p = sigmoid(a), without cancellation: with s = p / (2 - p)
///     -log(1 - p) = 2 artanh s,    -log(1 - p) - p = p s + 2 s^3 (1/3 + s^2/5 + s^4/7 + ...).
/// Error <= 12 ULP; 0 at pure noise, +inf at clean data.
template <scalar S>
CDL_HD S entropy_deficit(const log_snr<S>& a) {
    const S p = min_of(signal_power(a), S(0.5)), s = S(p / S(S(2) - p)), s2 = S(s * s); // s <= 1/3
    constexpr int terms = std::numeric_limits<lane_t<S>>::digits / 3 + 2;
    S series = S(0);
    for (int k = terms; k >= 1; --k) series = S(S(1) / S(static_cast<lane_t<S>>(2 * k + 1)) + s2 * series);
    const S low = S(S(p * s) + S(S(2) * s * s2) * series);
    return select(a.value < S(0), low, S(math::softplus(a.value) - signal_power(a)));
}

/// The prior loss at one level, coordinate by coordinate, nats.
template <class T>
struct prior_at {
    T signal_power, noise_power, deficit; ///< S^2, N^2, softplus(a) - sigmoid(a)

    CDL_HD explicit prior_at(log_snr<T> a)
        : signal_power(cdl::signal_power(a)), noise_power(cdl::noise_power(a)), deficit(entropy_deficit(a)) {}

    /// 1/2 [ S^2 x^2 + softplus(a) - sigmoid(a) ] >= 0. Error <= 12 ULP.
    template <class S>
    CDL_HD S loss(const S& x) const {
        return S(S(S(S(signal_power) * x) * x + S(deficit)) / S(2));
    }
    /// Its derivative with respect to a: 1/2 S^2 [ N^2 x^2 + S^2 ].
    template <class S>
    CDL_HD S slope(const S& x) const {
        return S(S(S(signal_power) * S(S(S(noise_power) * x) * x + S(signal_power))) / S(2));
    }
};

namespace detail {

/// losses[i], the prior loss of point i.
template <class X, class T>
struct prior_losses {
    X x;
    prior_at<T> prior;
    T* losses;

    CDL_HD void operator()(index_t i) const {
        T sum = T(0);
        for (index_t j = 0; j < x.dim(); ++j) sum = T(sum + prior.loss(T(x(i, j))));
        losses[i] = sum;
    }
};

} // namespace detail

/// KL(q(z_1 | x) || N(0, I)) in nats for each point of x (n x d), z_1 at the level `noisiest`. Closed form, any dimension.
/// 0 at pure noise. Throws std::invalid_argument on a NaN level. [VDM eq. 37]
template <exec::policy P, batch X>
std::vector<batch_scalar_t<X>> prior_loss(const P& policy, const X& x, log_snr<batch_scalar_t<X>> noisiest) {
    using T = batch_scalar_t<X>;
    const auto points = exec::view_on(policy, x);
    require(noisiest == noisiest, "cdl::density::prior_loss", "noisiest", "must not be NaN", noisiest.value);
    const index_t n = points.size();
    const auto numbers = policy.template allocate<T>(n);
    policy.for_each_index(n, detail::prior_losses<std::remove_const_t<decltype(points)>, T>{
                                 points, prior_at<T>(noisiest), numbers.data()});
    std::vector<T> losses(static_cast<std::size_t>(n));
    policy.get(numbers.data(), n, losses.data());
    return losses;
}

} // namespace cdl::density

// SPDX-License-Identifier: MIT
#pragma once

// How much the squared error |eps - eps_hat|^2 counts at a level. There are two conventions, and a weight means nothing without
// its own: a factor for each draw of the law of levels,
//
//     E_{a ~ q} f(a) |eps - eps_hat|^2,                                        `per_draw`
//
// where the law is a part of the weighting, as in DDPM and EDM; or a weight in the integral over the log-SNR, under which the
// law only decides the variance [VDM eqs. 64-66, Kingma & Gao 2023],
//
//     1/2 int w(a) E|eps - eps_hat|^2 da = E_{a ~ q} w(a) / (2 q(a)) |eps - eps_hat|^2,     `per_log_snr`.
//
// They are the same for f = w / (2 q): what a schedule does under the first, a weight does under the second [VDM app. K].

#include <cdl/schedule/level_sampling.hpp>

namespace cdl::objective {

/// Weights draws: f(a) times the squared error. What has settings may have `check(where)`, which throws std::invalid_argument.
template <class F>
struct per_draw {
    static constexpr bool needs_density = false;

    F factor;

    void check(const char* where) const {
        if constexpr (requires { factor.check(where); }) factor.check(where);
    }
};
template <class F>
per_draw(F) -> per_draw<F>;

/// Weights levels: w(a) / (2 q(a)) times the squared error, q the density of the law, which must have one.
template <class W>
struct per_log_snr {
    static constexpr bool needs_density = true;

    W weight;

    void check(const char* where) const {
        if constexpr (requires { weight.check(where); }) weight.check(where);
    }
};
template <class W>
per_log_snr(W) -> per_log_snr<W>;

/// 1 at every level.
struct one {
    template <scalar S>
    CDL_HD S operator()(const log_snr<S>&) const {
        return S(1);
    }
};

/// 1 + edm_sigma^2 / sigma_data^2 = 1 + e^-a / sigma_data^2; infinite at pure noise.
struct edm_factor {
    double sigma_data;

    void check(const char* where) const {
        require(sigma_data > 0 && sigma_data - sigma_data == 0, where, "sigma_data", "must be finite and positive",
                sigma_data);
    }
    template <scalar S>
    CDL_HD S operator()(const log_snr<S>& a) const {
        using std::exp;
        return S(S(1) + exp(S(-a.value)) / schedule::detail::setting<S>(sigma_data * sigma_data));
    }
};

/// min(1, most e^-a).
struct min_snr_factor {
    double most;

    void check(const char* where) const {
        require(most > 0 && most - most == 0, where, "most", "must be finite and positive", most);
    }
    template <scalar S>
    CDL_HD S operator()(const log_snr<S>& a) const {
        using std::exp;
        return min_of(S(schedule::detail::setting<S>(most) * exp(S(-a.value))), S(1)); // in this order NaN stays NaN
    }
};

/// sigmoid(shift - a).
struct sigmoid_weight {
    double shift;

    void check(const char* where) const { require(shift - shift == 0, where, "shift", "must be finite", shift); }
    template <scalar S>
    CDL_HD S operator()(const log_snr<S>& a) const {
        return math::sigmoid(S(schedule::detail::setting<S>(shift) - a.value));
    }
};

/// DDPM's L_simple: the mean squared error over the law [VDM eq. 67]. In the integral its weight is 2 q(a).
constexpr per_draw<one> simple() {
    return {};
}

/// The variational bound: w = 1 [VDM eq. 66]. With `uniform_in_schedule` a draw is weighted with |da/dt| / 2.
constexpr per_log_snr<one> vlb() {
    return {};
}

/// EDM's: (edm_sigma^2 + sigma_data^2) / (edm_sigma sigma_data)^2 for its denoiser's error |x - x_hat|^2 = edm_sigma^2 |eps -
/// eps_hat|^2, for each draw of `normal_levels` [Karras et al. 2022, table 1]. sigma_data is the standard deviation of the data:
/// EDM's is 0.5.
constexpr per_draw<edm_factor> edm(double sigma_data = 0.5) {
    return {{sigma_data}};
}

/// Min-SNR: min(SNR, most) for |x - x_hat|^2, that is min(1, most / SNR) for the error of the noise, for each draw [Hang et al.
/// 2023]; theirs is 5.
constexpr per_draw<min_snr_factor> min_snr(double most = 5) {
    return {{most}};
}

/// sigmoid(shift - a) in the integral [Kingma & Gao 2023]; theirs is 2.
constexpr per_log_snr<sigmoid_weight> sigmoid(double shift = 2) {
    return {{shift}};
}

} // namespace cdl::objective

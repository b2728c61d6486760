// SPDX-License-Identifier: MIT
#pragma once

// The library's view of a data set, behind one virtual class: the checks and figures are then written once for every
// dimension, and the library's templates are instantiated in few places (model_1d.cpp, model_2d.cpp, model_nd.cpp).
// Nothing in here knows a formula of its own: each member is one call of cdl.

#include <cdl/classifier/noise_level.hpp>

#include "data_set.hpp"

#include <memory>
#include <variant>

namespace verify {

/// How the integral over levels and noise is done.
using method = std::variant<cdl::density::quadrature, cdl::density::monte_carlo>;

/// One number out of an integral, with its standard error (0 for quadrature).
struct estimate {
    double value;
    double standard_error;
};

/// log q(y | x) of the two labels, and the standard error of the ratio they are made of.
struct label {
    double log_clean, log_noisy, standard_error;
};

using numbers = std::vector<double>;

/// The classes of a noise classifier: T steps of noise, from clean to noisy, and pure noise as class T + 1.
struct noise_steps {
    numbers levels; ///< T
    numbers prior;  ///< T + 1
};

/// What the exact noise classifier says of a point, one number for each class.
struct classified {
    numbers logits, log_posterior, log_likelihood;
};

class model {
public:
    virtual ~model() = default;

    /// log p_a(z) in closed form.
    virtual double log_density(const numbers& z, double a) const = 0;
    /// eps_hat(z, a) of the exact denoiser.
    virtual numbers eps_hat(const numbers& z, double a) const = 0;
    /// The divergence of eps_hat(., a) at z.
    virtual double divergence(const numbers& z, double a) const = 0;
    /// E[x | z], from the components rather than from eps_hat.
    virtual numbers x_hat(const numbers& z, double a) const = 0;
    /// grad log p_a(z) by automatic differentiation of the log density.
    virtual numbers score_by_autodiff(const numbers& z, double a) const = 0;

    /// n points of data, one after the other.
    virtual numbers draw(std::uint64_t seed, index_t n) const = 0;
    /// eps_hat of many points at one level.
    virtual numbers eps_hat_of_batch(const numbers& z, double a) const = 0;
    /// The same, each point at a level of its own.
    virtual numbers eps_hat_at(const numbers& z, const numbers& levels) const = 0;

    /// The exact noise classifier at a point.
    virtual classified classify(const numbers& z, const noise_steps& steps) const = 0;
    /// grad F(z, k), F = log p(T + 1 | z) - log p(k | z), by automatic differentiation of the log posteriors.
    virtual numbers ratio_gradient_by_autodiff(const numbers& z, index_t k, const noise_steps& steps) const = 0;
    /// eps_hat(z, a) of the denoiser that the exact classifier is.
    virtual numbers eps_from_classifier(const numbers& z, double a, const noise_steps& steps) const = 0;

    /// -log p_zeta(x) from the denoiser; zeta = +inf is the data.
    virtual std::vector<estimate> nll(const numbers& x, const method& how, double zeta) const = 0;
    /// log p_zeta(x) - log p(x) from the denoiser.
    virtual std::vector<estimate> log_density_ratio(const numbers& x, double zeta, const method& how) const = 0;
    /// log q(y | x) from the denoiser.
    virtual std::vector<label> noise_level(const numbers& x, double zeta, const method& how) const = 0;
    /// E |eps - eps_hat|^2 over the noise at level a, about each x. Dimensions 1 and 2.
    virtual numbers squared_error(const numbers& x, double a) const = 0;
};

std::unique_ptr<model> make_model_1d(const data_set& data);
std::unique_ptr<model> make_model_2d(const data_set& data);
std::unique_ptr<model> make_model_nd(const data_set& data);

inline std::unique_ptr<model> make_model(const data_set& data) {
    return data.d == 1 ? make_model_1d(data) : data.d == 2 ? make_model_2d(data) : make_model_nd(data);
}

} // namespace verify

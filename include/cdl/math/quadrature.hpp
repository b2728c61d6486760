// SPDX-License-Identifier: MIT
#pragma once

// Nodes and weights of the two rules that the density identities need: Gauss-Legendre for the integral over the
// level, and the trapezoid for expectations over Gaussian noise. The trapezoid beats Gauss-Hermite here: the
// integrand has complex singularities at a distance 2 pi / (separation of the modes in units of their width), and the
// number of nodes grows like that separation where Gauss-Hermite's grows like its square.

#include <cdl/core/checks.hpp>
#include <cdl/core/index.hpp>
#include <cdl/core/scalar.hpp>
#include <cdl/math/constants.hpp>

#include <cmath>
#include <numbers>
#include <vector>

namespace cdl::math {

/// Nodes and weights: the integral of f is the sum of weights[i] f(nodes[i]).
template <scalar T>
struct quadrature_rule {
    std::vector<T> nodes;   ///< in ascending order
    std::vector<T> weights; ///< one for each node
};

/// Gauss-Legendre with n >= 1 nodes on (0, 1), exact for polynomials of degree 2n - 1. Nodes by Newton's method on
/// the three-term recurrence, written for y = 1 - x and for differences of neighbouring polynomials, so that nodes and
/// weights keep their digits at the ends of the interval: nodes are good to 8 ULP and weights to 4 sqrt(n) ULP of T for
/// n <= 1000. O(n^2) time.
template <scalar T>
quadrature_rule<T> gauss_legendre(index_t n) {
    using std::abs;
    require(n >= 1, "cdl::math::gauss_legendre", "n", "must be at least 1", n);
    quadrature_rule<T> rule{std::vector<T>(static_cast<std::size_t>(n)), std::vector<T>(static_cast<std::size_t>(n))};
    for (index_t i = 0; 2 * i < n; ++i) {
        const double half_angle = std::numbers::pi * (static_cast<double>(i) + 0.75) / (2 * static_cast<double>(n) + 1);
        T y = T(2 * std::sin(half_angle) * std::sin(half_angle)); // 1 - x for the i-th root x of P_n from above
        T slope = T(1);
        const auto newton_step = [&] {
            T value = T(1), difference = T(0); // P_k and P_k - P_(k-1)
            for (index_t k = 0; k < n; ++k) {
                difference = T(T(T(k) * difference - T(2 * k + 1) * T(y * value)) / T(k + 1));
                value = T(value + difference);
            }
            slope = T(T(T(n) * T(y * value - difference)) / T(y * T(T(2) - y))); // the derivative of P_n
            return T(value / slope);
        };
        for (int step = 0; step < 60; ++step) {
            const T dx = newton_step();
            y = T(y + dx);
            if (abs(dx) <= T(T(64) * std::numeric_limits<T>::epsilon()) * y) break;
        }
        newton_step(); // the slope at the node
        const T weight = T(1) / T(T(y * T(T(2) - y)) * T(slope * slope));
        const T low = T(y / T(2));
        rule.nodes[static_cast<std::size_t>(i)] = low;
        rule.nodes[static_cast<std::size_t>(n - 1 - i)] = T(T(1) - low);
        rule.weights[static_cast<std::size_t>(i)] = rule.weights[static_cast<std::size_t>(n - 1 - i)] = weight;
    }
    return rule;
}

/// The trapezoid with n + 1 nodes on [-range, range], n even, weighted by the standard normal density: E f(eps) is
/// the sum of weights[i] f(nodes[i]), and the even nodes with doubled weights are the rule with n/2. Its error falls
/// like e^(-2 pi w n / (2 range)) for an f without singularities within w of the real line.
template <scalar T>
quadrature_rule<T> normal_trapezoid(index_t n, const T& range) {
    using std::exp;
    require(n >= 2 && n % 2 == 0, "cdl::math::normal_trapezoid", "n", "must be even and at least 2", n);
    require(range > T(0) && T(range - range) == T(0), "cdl::math::normal_trapezoid", "range",
            "must be finite and positive", range);
    quadrature_rule<T> rule;
    const T h = T(T(2) * range) / T(n);
    const T log_at_zero = T(log_two_pi<T>() / T(-2));
    for (index_t i = 0; i <= n; ++i) {
        const T eps = T(h * T(i - n / 2));
        rule.nodes.push_back(eps);
        rule.weights.push_back(T(h * exp(T(log_at_zero - eps * eps / T(2)))));
    }
    return rule;
}

} // namespace cdl::math

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
/// the three-term recurrence; good to a few ULP of T for n <= 1000. O(n^2) time.
template <scalar T>
quadrature_rule<T> gauss_legendre(index_t n) {
    using std::abs, std::cos;
    require(n >= 1, "cdl::math::gauss_legendre", "n", "must be at least 1", n);
    quadrature_rule<T> rule{std::vector<T>(static_cast<std::size_t>(n)), std::vector<T>(static_cast<std::size_t>(n))};
    for (index_t i = 0; 2 * i < n; ++i) {
        T x = T(std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (static_cast<double>(n) + 0.5)));
        T slope = T(1);
        const auto newton_step = [&] {
            T value = T(1), previous = T(0);
            for (index_t k = 1; k <= n; ++k) {
                const T next = T(T(2 * k - 1) * x * value - T(k - 1) * previous) / T(k);
                previous = value;
                value = next;
            }
            slope = T(T(n) * T(previous - x * value)) / T(T(T(1) - x) * T(T(1) + x)); // the derivative of P_n
            return T(value / slope);
        };
        for (int step = 0; step < 60; ++step) {
            const T dx = newton_step();
            x = T(x - dx);
            if (abs(dx) <= T(4) * std::numeric_limits<T>::epsilon()) break;
        }
        const T dx = newton_step(); // x - dx is the root to more digits than x has; near the ends they count
        const T left = T(T(T(1) - x) + dx), right = T(T(T(1) + x) - dx);
        // the slope at the root is slope (1 - dx P_n'' / P_n'), and (1 - x^2) P_n'' = 2 x P_n' there
        const T at_root = T(slope * T(T(1) - T(2) * x * dx / T(left * right)));
        const T weight = T(1) / T(T(left * right) * T(at_root * at_root));
        const auto low = static_cast<std::size_t>(i), high = static_cast<std::size_t>(n - 1 - i);
        rule.nodes[low] = T(left / T(2));
        rule.nodes[high] = T(right / T(2));
        rule.weights[low] = rule.weights[high] = weight;
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
    require(range > T(0), "cdl::math::normal_trapezoid", "range", "must be positive", range);
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

// SPDX-License-Identifier: MIT
#pragma once

// Averages over the data without drawing any: points and weights that stand for a Gaussian mixture on a line or in the
// plane, so that E f = sum_i weight_i f(x_i) up to the error of a trapezoid rule, which falls geometrically for smooth
// f. With them a loss that is a mean over the data, or over noised data, has a value to twelve digits to test estimates
// against.

#include <cdl/distribution/gaussian_mixture.hpp>
#include <cdl/exec/reduce_tree.hpp>
#include <cdl/math/quadrature.hpp>

#include <span>

namespace cdl::distribution {

/// The nodes of a trapezoid for each component, along the axes of its covariance.
template <scalar T, index_t D = dynamic>
class quadrature_points {
public:
    /// Points for the mixture noised to level a, a = +inf the mixture itself: intervals + 1 nodes for each axis of each
    /// component, spread over +-range standard deviations (what is left out weighs 2e-17 at 8.5). An f whose nearest
    /// complex singularity is w standard deviations from the real line has an error of e^(-2 pi w intervals / (2
    /// range)); for log p_a, w is about pi / (distance of the modes), in standard deviations. Throws
    /// std::invalid_argument unless d is 1 or 2, intervals even and at least 2, and the range positive. [numbers: K
    /// (intervals + 1)^d points]
    template <covariance C>
    explicit quadrature_points(const gaussian_mixture<T, D, C>& mixture, log_snr<T> a = clean<T>(),
                               index_t intervals = 240, T range = T(8.5))
        : dim_(mixture.dim()) {
        using std::sqrt;
        require(dim_ == 1 || dim_ == 2, "cdl::distribution::quadrature_points", "mixture", "must have dimension 1 or 2",
                dim_);
        const auto axis = math::normal_trapezoid<T>(intervals, range);
        const auto view = mixture.view();
        const detail::components_at<T, T, D, C> noised(view, a);
        const std::size_t rows = dim_ == 1 ? 1 : axis.nodes.size();
        for (index_t k = 0; k < mixture.size(); ++k)
            for (std::size_t row = 0; row < rows; ++row)
                for (std::size_t column = 0; column < axis.nodes.size(); ++column) {
                    const T along[2] = {T(axis.nodes[column] * sqrt(noised.variance(k, 0))),
                                        dim_ == 1 ? T(0) : T(axis.nodes[row] * sqrt(noised.variance(k, dim_ - 1)))};
                    for (index_t i = 0; i < dim_; ++i) {
                        T x = T(noised.mean(k, i) + (C == covariance::full ? T(0) : along[i]));
                        if constexpr (C == covariance::full)
                            for (index_t j = 0; j < dim_; ++j) x = T(x + along[j] * noised.axis(k, j, i));
                        coordinates_.push_back(x);
                    }
                    weights_.push_back(
                        T(mixture.weight(k) * axis.weights[column] * (dim_ == 1 ? T(1) : axis.weights[row])));
                }
    }

    /// The number of points.
    index_t size() const { return static_cast<index_t>(weights_.size()); }
    /// The points, n x d.
    batch_view<const T, D> points() const& { return {coordinates_.data(), size(), dim_}; }
    batch_view<const T, D> points() const&& = delete;
    /// Their weights; the sum is 1 to rounding.
    const std::vector<T>& weights() const& { return weights_; }
    const std::vector<T>& weights() const&& = delete; // would outlive its owner

    /// E f, from the values of f at all points. Throws std::invalid_argument if there are not as many.
    T mean(std::span<const T> values) const {
        require(values.size() == weights_.size(), "cdl::distribution::quadrature_points::mean", "values",
                "must be one for each point", values.size(), " for ", size());
        std::vector<T> terms;
        for (std::size_t i = 0; i < values.size(); ++i) terms.push_back(T(weights_[i] * values[i]));
        return exec::tree_sum(terms.data(), size());
    }

private:
    index_t dim_;
    std::vector<T> coordinates_, weights_;
};

} // namespace cdl::distribution

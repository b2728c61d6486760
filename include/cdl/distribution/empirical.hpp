// SPDX-License-Identifier: MIT
#pragma once

// The distribution of a data set: n points, each as likely as the other, each widened to a Gaussian kernel of standard
// deviation h (0: the points themselves; else a kernel density estimate). Its density at every noise level has a closed
// form, so its denoiser is the exact one of the data set: what a network trained without end would learn.

#include <cdl/distribution/data_scales.hpp>
#include <cdl/distribution/detail/cloud_sums.hpp>
#include <cdl/distribution/empirical_on.hpp>

#include <vector>

namespace cdl::distribution {

/// The standard deviation (not the variance) of a Gaussian kernel, in units of x. A type of its own, so that the two
/// cannot be confused.
template <class T>
struct kernel_width {
    T value;
};
template <class T>
kernel_width(T) -> kernel_width<T>;

/// The empirical distribution of points in D dimensions; owns a copy of them, n d numbers.
template <scalar T, index_t D = dynamic>
class empirical {
public:
    using value_type = T;
    static constexpr index_t static_dim = D;

    /// Copies the points of a batch on the host, n x d. Throws std::invalid_argument on: no points, no coordinates,
    /// coordinates that are not finite, a width that is not finite or negative, another dimension than D.
    template <batch X>
        requires std::is_same_v<batch_scalar_t<const X>, T>
    explicit empirical(const X& points, kernel_width<T> width = {T(0)}) : width_(width.value) {
        const auto from = as_batch(points);
        dim_ = from.dim();
        points_.reserve(static_cast<std::size_t>(from.size() * from.dim()));
        for (index_t i = 0; i < from.size(); ++i)
            for (index_t j = 0; j < from.dim(); ++j) points_.push_back(from(i, j));
        check();
        find_radius();
    }

    /// Takes n d numbers, one point of `dim` coordinates after the other. Throws as above.
    empirical(std::vector<T>&& points, index_t dim, kernel_width<T> width = {T(0)})
        : points_(std::move(points)), dim_(dim), width_(width.value) {
        check();
        find_radius();
    }

    /// The number of points.
    index_t size() const { return static_cast<index_t>(points_.size()) / dim(); }
    /// The number of coordinates.
    index_t dim() const { return D == dynamic ? dim_ : D; }

    /// The width of the kernels, and how far the points reach; see `data_scales`. O(1).
    data_scales<T> scales() const { return scales_of(view()); }

    /// The points as a trivially copyable view; it must not outlive the distribution.
    cloud_view<T, D> view() const& { return {points_.data(), size(), dim_, width_, radius_}; }
    cloud_view<T, D> view() const&& = delete;

    /// log p_a(z), the log density of the noised data at level a, nats. z: d coordinates of any scalar made of T. For
    /// h = 0 and a = +inf there is no density: +inf at the points and -inf elsewhere. One pass, O(n d).
    template <point Z>
    coordinate_t<Z> log_density(const Z& z, const log_snr<coordinate_t<Z>>& a) const {
        if constexpr (requires { z.size(); })
            require(static_cast<index_t>(z.size()) == dim(), "cdl::distribution::empirical::log_density", "z",
                    "must have the dimension of the cloud", z.size(), " for ", dim());
        return distribution::detail::log_density(view(), a, as_point(z));
    }

    /// log p(x), the log density of the data, nats.
    template <point X>
    coordinate_t<X> log_density(const X& x) const {
        return log_density(x, clean<coordinate_t<X>>());
    }

    /// Draws points x, m x d: point i is a pure function of the stream's seed, `step` and i, whatever the policy, the
    /// batch size or the number of threads. The purpose is set to `label` and `data`. For h = 0 they are points of the
    /// cloud, bit for bit.
    template <exec::policy P, writable_batch X>
    void draw(const P& policy, const random::noise_stream& stream, index_t step, X&& x) const {
        static_assert(std::is_same_v<typename P::space, host>, "cdl: on a device, draw from empirical.on(policy)");
        detail::draw(policy, view(), stream, step, exec::view_on(policy, x));
    }

    /// The same distribution with its points in memory of the policy, where `draw` and denoiser::empirical need them.
    template <exec::policy P>
    empirical_on<T, D, typename P::space> on(const P& policy) const {
        return {policy, view()};
    }

private:
    void check() const {
        constexpr auto where = "cdl::distribution::empirical";
        require(dim_ >= 1 && (D == dynamic || dim_ == D), where, "points",
                "must have the dimension of the distribution", dim_, " coordinates");
        require(!points_.empty(), where, "points", "must not be empty", "no points");
        require(static_cast<index_t>(points_.size()) % dim_ == 0, where, "points", "must be a whole number of points",
                points_.size(), " numbers for dimension ", dim_);
        for (const T& x : points_) require(T(x - x) == T(0), where, "points", "must be finite", x);
        require(T(width_ - width_) == T(0) && !(width_ < T(0)), where, "kernel_width",
                "must be finite and not negative", width_);
    }

    /// The largest distance of a point from the mean of all points.
    void find_radius() {
        using std::abs, std::sqrt;
        std::vector<T> mean(static_cast<std::size_t>(dim()), T(0));
        const auto cloud = view();
        T unit = T(0), farthest = T(0); // the squares are in units of the largest offset, so that none overflows
        for (index_t i = 0; i < size(); ++i)
            for (index_t j = 0; j < dim(); ++j) {
                T& m = mean[static_cast<std::size_t>(j)];
                const T share = T(T(1) / T(static_cast<double>(i + 1)));
                m = T(T(m - m * share) + cloud(i, j) * share);
            }
        for (index_t i = 0; i < size(); ++i)
            for (index_t j = 0; j < dim(); ++j)
                unit = max_of(unit, T(abs(T(cloud(i, j) - mean[static_cast<std::size_t>(j)]))));
        for (index_t i = 0; i < size() && T(0) < unit; ++i) {
            T square = T(0);
            for (index_t j = 0; j < dim(); ++j) {
                const T offset = T(T(cloud(i, j) - mean[static_cast<std::size_t>(j)]) / unit);
                square = T(square + offset * offset);
            }
            farthest = max_of(farthest, square);
        }
        radius_ = T(unit * T(sqrt(farthest)));
    }

    std::vector<T> points_;
    index_t dim_ = D;
    T width_, radius_;
};

template <class X>
explicit empirical(const X&) -> empirical<batch_scalar_t<const X>, batch_view_of<const X>::static_dim>;
template <class X, class T>
explicit empirical(const X&, kernel_width<T>) -> empirical<batch_scalar_t<const X>, batch_view_of<const X>::static_dim>;

} // namespace cdl::distribution

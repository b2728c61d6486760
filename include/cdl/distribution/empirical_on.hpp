// SPDX-License-Identifier: MIT
#pragma once

// A cloud of points where a policy runs: its points in that policy's memory, and samples drawn there.

#include <cdl/distribution/cloud_view.hpp>
#include <cdl/exec/policy.hpp>
#include <cdl/random/noise_source.hpp>

namespace cdl::distribution {

namespace detail {

/// Point i of a sample: a point of the cloud, all of them equally likely, then x + h n.
template <class T, index_t D, class Space, class X>
struct drawn_from_cloud {
    cloud_view<T, D, Space> cloud;
    random::noise_stream labels, normals;
    index_t step;
    X x;

    CDL_HD void operator()(index_t i) const {
        const double u = random::uniform(labels, step, i);
        const auto chosen = static_cast<index_t>(u * static_cast<double>(cloud.size()));
        const index_t k = chosen < cloud.size() ? chosen : cloud.size() - 1;
        for (index_t j = 0; j < cloud.dim(); ++j) x(i, j) = cloud(k, j);
        if (cloud.kernel_width == T(0)) return;
        for (index_t j = 0; j < cloud.dim(); ++j)
            x(i, j) = T(x(i, j) + cloud.kernel_width * T(random::normal(normals, step, i, j)));
    }
};

template <class P, class T, index_t D, class Space, class X>
void draw(const P& policy, const cloud_view<T, D, Space>& cloud, const random::noise_stream& stream, index_t step,
          const X& x) {
    constexpr auto where = "cdl::distribution::empirical::draw";
    static_assert(std::is_same_v<typename P::space, Space>, "cdl: the cloud and the policy live in different memory");
    require(x.size() == 0 || x.dim() == cloud.dim(), where, "x", "must have the dimension of the cloud", x.dim(),
            " for ", cloud.dim());
    require_writable(x, where, "x");
    random::require_noise(stream, step, 1, x.size(), x.dim(), where);
    policy.for_each_index(x.size(),
                          drawn_from_cloud<T, D, Space, X>{cloud, stream.for_purpose(random::purpose::label),
                                                           stream.for_purpose(random::purpose::data), step, x});
}

} // namespace detail

/// The points of an empirical distribution in memory of a policy; made by `empirical::on`.
template <class T, index_t D, class Space>
class empirical_on {
public:
    using value_type = T;
    using space = Space;
    static constexpr index_t static_dim = D;

    /// Copies the points that `cloud` views on the host.
    template <exec::policy P>
    empirical_on(const P& policy, const cloud_view<T, D, host>& cloud)
        : points_(policy.put(cloud.points, cloud.size() * cloud.dim())), size_(cloud.size()), dim_(cloud.dim()),
          width_(cloud.kernel_width), radius_(cloud.radius) {}

    /// The number of points.
    index_t size() const { return size_; }
    /// The number of coordinates.
    index_t dim() const { return dim_; }

    /// The cloud as a trivially copyable view of this memory, which must outlive it.
    cloud_view<T, D, Space> view() const& { return {points_.data(), size_, dim_, width_, radius_}; }
    cloud_view<T, D, Space> view() const&& = delete;

    /// Draws points x, m x d, as `empirical::draw` does: the same addresses, the same points.
    template <exec::policy P, writable_batch X>
    void draw(const P& policy, const random::noise_stream& stream, index_t step, X&& x) const {
        detail::draw(policy, view(), stream, step, exec::view_on(policy, x));
    }

private:
    exec::buffer<T, Space> points_;
    index_t size_, dim_;
    T width_, radius_;
};

} // namespace cdl::distribution

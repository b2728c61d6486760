// SPDX-License-Identifier: MIT
#pragma once

// A Gaussian mixture where a policy runs: its parameters in that policy's memory, and samples drawn there.

#include <cdl/distribution/mixture_view.hpp>
#include <cdl/exec/policy.hpp>
#include <cdl/random/noise_source.hpp>

namespace cdl::distribution {

namespace detail {

/// Point i of a sample: a component k by its weight, then mu_k + U_k sqrt(lambda_k) n.
template <class T, index_t D, covariance C, class X>
struct drawn_from_mixture {
    mixture_view<T, D, C> mixture;
    const T* weights;
    random::noise_stream labels, normals;
    index_t step;
    X x;

    CDL_HD void operator()(index_t i) const {
        using std::sqrt;
        const T u = T(random::uniform(labels, step, i));
        index_t k = 0;
        for (T upto = weights[0]; k + 1 < mixture.size() && !(u < upto); upto = T(upto + weights[++k])) {
        }
        for (index_t j = 0; j < mixture.dim(); ++j) x(i, j) = mixture.mean(k, j);
        for (index_t j = 0; j < mixture.dim(); ++j) {
            const T along = T(sqrt(mixture.variance(k, j)) * T(random::normal(normals, step, i, j)));
            if constexpr (C == covariance::full) {
                for (index_t l = 0; l < mixture.dim(); ++l) x(i, l) = T(x(i, l) + along * mixture.axis(k, j, l));
            } else {
                x(i, j) = T(x(i, j) + along);
            }
        }
    }
};

template <class P, class T, index_t D, covariance C, class X>
void draw(const P& policy, const mixture_view<T, D, C>& mixture, const T* weights, const random::noise_stream& stream,
          index_t step, const X& x) {
    constexpr auto where = "cdl::distribution::gaussian_mixture::draw";
    require(x.size() == 0 || x.dim() == mixture.dim(), where, "x", "must have the dimension of the mixture", x.dim(),
            " for ", mixture.dim());
    require_writable(x, where, "x");
    random::require_noise(stream, step, 1, x.size(), x.dim(), where);
    policy.for_each_index(x.size(),
                          drawn_from_mixture<T, D, C, X>{mixture, weights, stream.for_purpose(random::purpose::label),
                                                         stream.for_purpose(random::purpose::data), step, x});
}

} // namespace detail

/// The parameters of a Gaussian mixture in memory of a policy; made by `gaussian_mixture::on`.
template <class T, index_t D, covariance C, class Space>
class mixture_on {
public:
    using value_type = T;
    using space = Space;
    static constexpr index_t static_dim = D;

    /// Copies the parameters that `mixture` and `weights` view on the host.
    template <exec::policy P>
    mixture_on(const P& policy, const mixture_view<T, D, C>& mixture, const T* weights)
        : weights_(policy.put(weights, mixture.size())), log_weights_(policy.put(mixture.log_weights, mixture.size())),
          means_(policy.put(mixture.means, mixture.size() * mixture.dim())),
          variances_(policy.put(mixture.variances, mixture.size() * (C == covariance::isotropic ? 1 : mixture.dim()))),
          bases_(policy.put(mixture.bases, C == covariance::full ? mixture.size() * mixture.dim() * mixture.dim() : 0)),
          size_(mixture.size()), dim_(mixture.dim()), smallest_variance_(mixture.smallest_variance) {}

    /// The number of components.
    index_t size() const { return size_; }
    /// The number of coordinates.
    index_t dim() const { return dim_; }

    /// The parameters as a trivially copyable view of this memory, which must outlive it.
    mixture_view<T, D, C> view() const& {
        return {log_weights_.data(), means_.data(), variances_.data(), bases_.data(), size_, dim_, smallest_variance_};
    }
    mixture_view<T, D, C> view() const&& = delete;

    /// Draws points x, n x d, as `gaussian_mixture::draw` does: the same addresses, the same points.
    template <exec::policy P, writable_batch X>
    void draw(const P& policy, const random::noise_stream& stream, index_t step, X&& x) const {
        static_assert(std::is_same_v<typename P::space, Space>,
                      "cdl: the mixture and the policy live in different memory");
        detail::draw(policy, view(), weights_.data(), stream, step, exec::view_on(policy, x));
    }

private:
    exec::buffer<T, Space> weights_, log_weights_, means_, variances_, bases_;
    index_t size_, dim_;
    T smallest_variance_;
};

} // namespace cdl::distribution

// SPDX-License-Identifier: MIT
#pragma once

// A mixture of Gaussians, sum_k w_k N(mu_k, Sigma_k): the data distribution about which everything is known. Its
// density at any noise level, its score and its optimal denoiser have closed forms, so it is the oracle for every
// identity and every estimator of the library.

#include <cdl/core/checks.hpp>
#include <cdl/distribution/data_scales.hpp>
#include <cdl/distribution/detail/mixture_posterior.hpp>
#include <cdl/distribution/detail/principal_axes.hpp>
#include <cdl/distribution/mixture_on.hpp>

#include <vector>

namespace cdl::distribution {

/// A Gaussian mixture of K components in D dimensions that owns its parameters. `C` says what shape the covariances
/// have; the smaller the shape, the faster the evaluation.
template <scalar T, index_t D = dynamic, covariance C = covariance::full>
class gaussian_mixture {
public:
    using value_type = T;
    static constexpr index_t static_dim = D;
    static constexpr covariance shape = C;

    /// weights: K positive numbers, normalised here by their sum. means: K x d, one after the other. covariances:
    /// K variances (isotropic), K x d variances (diagonal) or K x d x d (full), one component after the other; a
    /// variance is the square of a standard deviation. With a dynamic dimension d is means.size() / K.
    /// Throws std::invalid_argument on: no components, sizes that do not fit, numbers that are not finite, weights
    /// or variances that are not positive, covariances that are not symmetric (to 64 epsilon of the standard
    /// deviations; their mean with the transpose is taken) and positive definite by more than rounding. A point mass is a cloud of
    /// one point, distribution::empirical.
    gaussian_mixture(std::vector<T> weights, std::vector<T> means, std::vector<T> covariances)
        : weights_(std::move(weights)), means_(std::move(means)), variances_(std::move(covariances)) {
        const auto components = static_cast<index_t>(weights_.size());
        require(components >= 1, where, "weights", "must not be empty", "no components");
        dim_ = D == dynamic ? static_cast<index_t>(means_.size()) / components : D;
        require(dim_ >= 1 && static_cast<index_t>(means_.size()) == components * dim_, where, "means",
                "must be a point for each weight", means_.size(), " numbers for ", components, " components");
        const index_t of_one = C == covariance::isotropic ? 1 : C == covariance::diagonal ? dim_ : dim_ * dim_;
        require(static_cast<index_t>(variances_.size()) == components * of_one, where, "covariances",
                "must be one for each weight", variances_.size(), " numbers where ", components * of_one,
                " are needed");
        for (const T& w : weights_)
            require(is_finite(w) && T(0) < w, where, "weights", "must be finite and positive", w);
        for (const T& m : means_) require(is_finite(m), where, "means", "must be finite", m);
        for (const T& v : variances_) require(is_finite(v), where, "covariances", "must be finite", v);
        normalise_weights();
        if constexpr (C == covariance::full) diagonalise();
        smallest_variance_ = variances_[0];
        for (const T& v : variances_) {
            require(T(0) < v, where, "covariances", "must be positive definite", "eigenvalue ", v);
            require(is_finite(v), where, "covariances", "must be finite along every axis", "eigenvalue ", v);
            smallest_variance_ = min_of(smallest_variance_, v);
        }
    }

    /// The mixture whose weights are the softmax of `log_weights`, K finite numbers; the others as above. Weights that T cannot hold
    /// are kept as their logarithms. Throws as above.
    static gaussian_mixture of_log_weights(const std::vector<T>& log_weights, std::vector<T> means,
                                           std::vector<T> covariances) {
        using std::exp, std::log;
        T largest = std::numeric_limits<T>::lowest(), total = T(0);
        for (const T& l : log_weights) {
            require(is_finite(l), where, "log_weights", "must be finite", l);
            largest = max_of(largest, l);
        }
        const T smallest = (std::numeric_limits<T>::min)();
        std::vector<T> weights;
        for (const T& l : log_weights) {
            const T weight = T(exp(T(l - largest)));
            total = T(total + weight);
            weights.push_back(max_of(weight, smallest));
        }
        gaussian_mixture mixture(std::move(weights), std::move(means), std::move(covariances));
        for (std::size_t k = 0; k < log_weights.size(); ++k) {
            if (smallest < T(exp(T(log_weights[k] - largest)))) continue;
            mixture.log_weights_[k] = T(T(log_weights[k] - largest) - log(total));
            mixture.weights_[k] = T(exp(mixture.log_weights_[k]));
        }
        return mixture;
    }

    /// The number of components.
    index_t size() const { return static_cast<index_t>(weights_.size()); }
    /// The number of coordinates.
    index_t dim() const { return D == dynamic ? dim_ : D; }

    /// The weight of component k, normalised.
    T weight(index_t k) const { return weights_[static_cast<std::size_t>(k)]; }
    /// Coordinate j of mean k.
    T mean(index_t k, index_t j) const { return view().mean(k, j); }
    /// Eigenvalue j of covariance k, in ascending order when full.
    T variance(index_t k, index_t j) const { return view().variance(k, j); }

    /// The smallest standard deviation of a component, and how far the components reach; see `data_scales`. O(K d).
    data_scales<T> scales() const { return scales_of(view()); }

    /// The parameters as a trivially copyable view; it must not outlive the mixture.
    mixture_view<T, D, C> view() const& {
        return {log_weights_.data(), means_.data(), variances_.data(), bases_.data(), size(), dim_, smallest_variance_};
    }
    mixture_view<T, D, C> view() const&& = delete;

    /// log p_a(z), the log density of the noised data at level a, nats. z: d coordinates of any scalar. Relative error
    /// a few ULP of the largest term, for full covariances times their condition number; finite for |z| up to 1e6 standard
    /// deviations and beyond. O(K d) or O(K d^2).
    template <point Z>
    coordinate_t<Z> log_density(const Z& z, const log_snr<coordinate_t<Z>>& a) const {
        using S = coordinate_t<Z>;
        require_dimension(z, "cdl::distribution::gaussian_mixture::log_density");
        return distribution::detail::log_density<S>(detail::components_at<S, T, D, C>(view(), a), as_point(z));
    }

    /// log p(x), the log density of the data, nats.
    template <point X>
    coordinate_t<X> log_density(const X& x) const {
        return log_density(x, clean<coordinate_t<X>>());
    }

    /// out = grad_z log p_a(z). Returns log p_a(z).
    template <point Z, class Out>
    coordinate_t<Z> score(const Z& z, const log_snr<coordinate_t<Z>>& a, Out&& out) const {
        using S = coordinate_t<Z>;
        require_dimension(z, "cdl::distribution::gaussian_mixture::score");
        auto&& gradient = as_point(out);
        return mean_pull(detail::components_at<S, T, D, C>(view(), a), as_point(z), S(-1), gradient);
    }

    /// The log of the posterior probability of component k given the noisy point z; kept as a log because it may
    /// underflow. The probabilities sum to one. Components are compared by differences about that which is nearest to z, so the
    /// error is a few epsilon of |log r| and of sum_j [ y^2 |1/v_k - 1/v_r| + |y| S |mu_k - mu_r| / v_k ], y = z - S mu_r, wherever z
    /// is; of full covariances the first term is that of the largest difference of axes. Packs compute it lane by lane.
    template <point Z>
    coordinate_t<Z> log_responsibility(index_t k, const Z& z, const log_snr<coordinate_t<Z>>& a) const {
        using S = coordinate_t<Z>;
        require_dimension(z, "cdl::distribution::gaussian_mixture::log_responsibility");
        S log_r = S(0);
        detail::do_each_lane(as_point(z), a, [&](const auto& at, const auto& level, const auto& lane) {
            lane.put(log_r, detail::compare(view(), level, at).log_probability(k));
        });
        return log_r;
    }

    /// Draws points x, n x d: point i is a pure function of the stream's seed, `step` and i, whatever the policy, the
    /// batch size or the number of threads. The purpose is set to `data`.
    template <exec::policy P, writable_batch X>
    void draw(const P& policy, const random::noise_stream& stream, index_t step, X&& x) const {
        static_assert(std::is_same_v<typename P::space, host>, "cdl: on a device, draw from mixture.on(policy)");
        detail::draw(policy, view(), weights_.data(), stream, step, exec::view_on(policy, x));
    }

    /// The same mixture with its parameters in memory of the policy, where `draw` and denoiser::optimal need them.
    template <exec::policy P>
    mixture_on<T, D, C, typename P::space> on(const P& policy) const {
        return {policy, view(), weights_.data()};
    }

private:
    static constexpr auto where = "cdl::distribution::gaussian_mixture";

    static bool is_finite(const T& v) { return T(v - v) == T(0); }

    template <class Z>
    void require_dimension(const Z& z, const char* function) const {
        if constexpr (requires { z.size(); })
            require(static_cast<index_t>(z.size()) == dim(), function, "z", "must have the dimension of the mixture",
                    z.size(), " for ", dim());
    }

    /// Divides the weights by their sum, which need not be a number that T holds, as a quotient need not be one.
    void normalise_weights() {
        using std::log;
        T largest = T(0), total = T(0), of_largest = T(0);
        for (const T& w : weights_) largest = max_of(largest, w), total = T(total + w);
        for (const T& w : weights_) of_largest = T(of_largest + w / largest);
        for (T& w : weights_) {
            const T share = is_finite(total) ? T(w / total) : T(T(w / largest) / of_largest);
            const bool is_normal = !(share < (std::numeric_limits<T>::min)());
            log_weights_.push_back(is_normal ? T(log(share)) : T(T(log(w) - log(largest)) - log(of_largest)));
            w = share;
        }
    }

    /// Replaces each covariance by its eigenvalues and keeps the eigenvectors.
    void diagonalise() {
        std::vector<T> variances;
        for (index_t k = 0; k < size(); ++k) {
            const std::vector<T> entries = symmetric(variances_.data() + k * dim() * dim());
            const auto found = detail::principal_axes_of(entries, dim());
            if (const index_t j = found.determined; j >= 0) {
                const T whole = entries[static_cast<std::size_t>(j * dim() + j)];
                const T rounding = T(T(static_cast<double>(16 * dim())) * std::numeric_limits<T>::epsilon() * whole);
                const auto require_more = [&](bool enough, const char* what) {
                    require(enough, where, "covariances", what, found.left, " left of the variance of coordinate ", j,
                            " in component ", k, " once others are known");
                };
                require_more(!(found.left < T(-rounding)), "must be positive definite");
                require_more(false,
                             "must be positive definite by more than rounding: add a small variance to the diagonal, "
                             "or leave out what others determine");
            }
            require(
                !found.axes.empty(), where, "covariances",
                "must have axes that can be found: rescale the coordinates to standard deviations that are more alike",
                "rotations without an end in component ", k);
            variances.insert(variances.end(), found.variances.begin(), found.variances.end());
            bases_.insert(bases_.end(), found.axes.begin(), found.axes.end());
        }
        variances_ = std::move(variances);
    }

    /// The mean of a matrix and its transpose, d x d: computed covariances are symmetric to rounding, relative to the standard
    /// deviations of the two coordinates.
    std::vector<T> symmetric(const T* entries) const {
        using std::abs, std::sqrt;
        const T rounding = T(T(64) * std::numeric_limits<T>::epsilon());
        std::vector<T> mean(static_cast<std::size_t>(dim() * dim()));
        for (index_t i = 0; i < dim(); ++i)
            for (index_t j = 0; j < dim(); ++j) {
                const T entry = entries[i * dim() + j], mirrored = entries[j * dim() + i];
                const T size = T(sqrt(T(abs(entries[i * dim() + i])))) * T(sqrt(T(abs(entries[j * dim() + j]))));
                require(
                    T(abs(T(entry - mirrored))) <= T(rounding * size), where, "covariances",
                    "must be symmetric (where only rounding, say of an export in float, is the cause: (S + S^T) / 2)",
                    entry, " against ", mirrored);
                mean[static_cast<std::size_t>(i * dim() + j)] = T(mirrored + T(T(entry - mirrored) / T(2)));
            }
        return mean;
    }

    std::vector<T> weights_, log_weights_, means_, variances_, bases_;
    index_t dim_ = 0;
    T smallest_variance_ = T(0);
};

} // namespace cdl::distribution

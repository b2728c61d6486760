// SPDX-License-Identifier: MIT
#pragma once

// A mixture of Gaussians, sum_k w_k N(mu_k, Sigma_k): the data distribution about which everything is known. Its
// density at any noise level, its score and its optimal denoiser have closed forms, so it is the oracle for every
// identity and every estimator of the library.

#include <cdl/core/checks.hpp>
#include <cdl/distribution/mixture_on.hpp>

#include <Eigen/Eigenvalues>

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
    /// or variances that are not positive, covariances that are not symmetric and positive definite.
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
        T total = T(0);
        for (const T& w : weights_) {
            require(is_finite(w) && T(0) < w, where, "weights", "must be finite and positive", w);
            total = T(total + w);
        }
        require(is_finite(total), where, "weights", "must have a finite sum", total);
        for (const T& m : means_) require(is_finite(m), where, "means", "must be finite", m);
        for (const T& v : variances_) require(is_finite(v), where, "covariances", "must be finite", v);
        for (T& w : weights_) {
            using std::log;
            w = T(w / total);
            log_weights_.push_back(T(log(w)));
        }
        if constexpr (C == covariance::full) diagonalise();
        for (const T& v : variances_)
            require(T(0) < v, where, "covariances", "must be positive definite", "eigenvalue ", v);
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

    /// The parameters as a trivially copyable view; it must not outlive the mixture.
    mixture_view<T, D, C> view() const& {
        return {log_weights_.data(), means_.data(), variances_.data(), bases_.data(), size(), dim_};
    }
    mixture_view<T, D, C> view() const&& = delete;

    /// log p_a(z), the log density of the noised data at level a, nats. z: d coordinates of any scalar. Relative error
    /// a few ULP of the largest term, for full covariances times their condition number; finite for |z| up to 1e6 standard
    /// deviations and beyond. O(K d) or O(K d^2).
    template <point Z>
    coordinate_t<Z> log_density(const Z& z, const log_snr<coordinate_t<Z>>& a) const {
        using S = coordinate_t<Z>;
        require_dimension(z, "cdl::distribution::gaussian_mixture::log_density");
        return distribution::log_density<S>(components_at<S, T, D, C>(view(), a), z);
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
        return mean_pull(components_at<S, T, D, C>(view(), a), z, S(-1), out);
    }

    /// The log of the posterior probability of component k given the noisy point z; kept as a log because it may
    /// underflow.
    template <point Z>
    coordinate_t<Z> log_responsibility(index_t k, const Z& z, const log_snr<coordinate_t<Z>>& a) const {
        using S = coordinate_t<Z>;
        require_dimension(z, "cdl::distribution::gaussian_mixture::log_responsibility");
        const components_at<S, T, D, C> c(view(), a);
        const S normaliser = S(static_cast<double>(dim())) * math::log_two_pi<S>() / S(2);
        return S(log_term<S>(c, k, z) - S(distribution::log_density<S>(c, z) + normaliser));
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

    /// Replaces each covariance by its eigenvalues and keeps the eigenvectors.
    void diagonalise() {
        using std::abs;
        using matrix = Eigen::Matrix<T, D == dynamic ? Eigen::Dynamic : static_cast<int>(D),
                                     D == dynamic ? Eigen::Dynamic : static_cast<int>(D)>;
        std::vector<T> eigenvalues;
        matrix sigma(dim(), dim());
        for (index_t k = 0; k < size(); ++k) {
            const T* entries = variances_.data() + k * dim() * dim();
            T largest = T(0);
            for (index_t i = 0; i < dim() * dim(); ++i) largest = max_of(largest, T(abs(entries[i])));
            const T rounding = T(T(64) * std::numeric_limits<T>::epsilon() * largest);
            for (index_t i = 0; i < dim(); ++i) {
                for (index_t j = 0; j < dim(); ++j) {
                    const T entry = entries[i * dim() + j], mirrored = entries[j * dim() + i];
                    require(!(rounding < abs(T(entry - mirrored))), where, "covariances", "must be symmetric", entry,
                            " against ", mirrored);
                    sigma(i, j) = T(T(entry + mirrored) / T(2));
                }
            }
            if (dim() == 1) {
                eigenvalues.push_back(sigma(0, 0));
                bases_.push_back(T(1));
                continue;
            }
            const Eigen::SelfAdjointEigenSolver<matrix> solver(sigma);
            for (index_t j = 0; j < dim(); ++j) {
                eigenvalues.push_back(solver.eigenvalues()(j));
                for (index_t i = 0; i < dim(); ++i) bases_.push_back(solver.eigenvectors()(i, j));
            }
        }
        variances_ = std::move(eigenvalues);
    }

    std::vector<T> weights_, log_weights_, means_, variances_, bases_;
    index_t dim_ = 0;
};

} // namespace cdl::distribution

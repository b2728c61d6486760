// SPDX-License-Identifier: MIT
#pragma once

// A denoiser that can be trained and is exact: the optimal denoiser of a Gaussian mixture [CDL eq. 1] whose weights,
// means and variances are parameters. It stands where a neural network would: it answers queries, and it takes d loss /
// d eps_hat back to its parameters, which a framework for networks does by `backward`. With it every objective can be
// studied where the right answer is known.

#include <cdl/denoiser/detail/mixture_gradient.hpp>
#include <cdl/denoiser/optimal.hpp>

#include <span>

namespace cdl::denoiser {

/// A mixture of K components in d dimensions with one list of unconstrained parameters: K logits, whose softmax are the
/// weights; the means, K x d; the logarithms of the variances, K (isotropic) or K x d (diagonal). A batch denoiser
/// under every policy, on a device by a copy of the parameters in each call; its point denoiser is `point()`.
template <scalar T, index_t D = dynamic, distribution::covariance C = distribution::covariance::isotropic>
class trainable_mixture {
    static_assert(C != distribution::covariance::full,
                  "cdl: full covariances cannot be trained: use a diagonal or isotropic mixture");

public:
    using value_type = T;
    static constexpr index_t static_dim = D;
    static constexpr distribution::covariance shape = C;

    /// The parameters of a mixture; the logits are the logarithms of its weights.
    explicit trainable_mixture(const distribution::gaussian_mixture<T, D, C>& start) : mixture_(start) {
        using std::log;
        const auto view = mixture_.view();
        const index_t k = size(), variances = C == distribution::covariance::isotropic ? k : k * dim();
        parameters_.assign(view.log_weights, view.log_weights + k);
        parameters_.insert(parameters_.end(), view.means, view.means + k * dim());
        for (index_t i = 0; i < variances; ++i) parameters_.push_back(T(log(view.variances[i])));
    }

    /// K components with these parameters; a dynamic d is what fits their number. Throws std::invalid_argument on a
    /// number that does not fit, and as `set_parameters` does.
    trainable_mixture(index_t components, std::vector<T> parameters)
        : parameters_(std::move(parameters)), mixture_(made_of(components, parameters_)) {}

    /// The number of components.
    index_t size() const { return mixture_.size(); }
    /// The number of coordinates.
    index_t dim() const { return mixture_.dim(); }

    /// The parameters: logits, means, logarithms of variances.
    std::span<const T> parameters() const& { return parameters_; }
    std::span<const T> parameters() const&& = delete; // would outlive its owner

    /// Replaces all parameters. Throws std::invalid_argument, and changes nothing, unless there are as many as before, all finite, with variances that
    /// T can hold.
    void set_parameters(std::span<const T> parameters) {
        require(parameters.size() == parameters_.size(), where, "parameters", "must be as many as there are",
                parameters.size(), " for ", parameters_.size());
        std::vector<T> kept(parameters.begin(), parameters.end());
        mixture_ = made_of(size(), kept);
        parameters_ = std::move(kept);
    }

    /// The mixture of these parameters, until they are set again.
    const distribution::gaussian_mixture<T, D, C>& mixture() const& { return mixture_; }
    const distribution::gaussian_mixture<T, D, C>& mixture() const&& = delete;

    /// The point denoiser and density of the mixture, until the parameters are set again.
    optimal<T, D, C> point() const& { return optimal<T, D, C>(mixture_); }
    optimal<T, D, C> point() const&& = delete;

    /// eps_hat for a batch, see `lifted`.
    template <exec::policy P, batch Z, writable_batch E>
    void operator()(const P& policy, const Z& z, level_view<T, typename P::space> levels, E&& eps_hat) const {
        if constexpr (std::is_same_v<typename P::space, host>) {
            point()(policy, z, levels, eps_hat);
        } else {
            const auto there = mixture_.on(policy);
            const optimal<T, D, C, typename P::space> exact(there);
            exact(policy, z, levels, eps_hat);
        }
    }

    /// Adds to `gradient` the cotangents of the parameters, J^T cotangent summed over the points, in the order of
    /// `parameters`; `cotangent` (m x d) is that of eps_hat at z (m x d) and the levels (m, or one for all). If given,
    /// writes the cotangents of z (m x d; may lie where `cotangent` does) and of the levels (m), too. z, levels and
    /// cotangents lie in the memory of the policy, the gradient on the host.
    ///
    /// The order of all sums depends on m alone: the same bits on any number of threads. Throws std::invalid_argument
    /// on shapes that differ. Cost: two passes over the components for each point; (m / 256) x parameters numbers of
    /// memory.
    template <exec::policy P, batch Z, batch E, writable_batch ZBar = detail::unwanted<T, P>,
              writable_batch LevelBar = detail::unwanted<T, P>>
    void pull_back(const P& policy, const Z& z, level_view<T, typename P::space> levels, const E& cotangent,
                   std::span<T> gradient, ZBar&& z_cotangent = {}, LevelBar&& level_cotangent = {}) const {
        require_cotangent(cotangent, z, dim());
        add_gradient(policy, z, levels, as_batch(cotangent), detail::unwanted<const T, P>{}, gradient, z_cotangent,
                     level_cotangent);
    }

    /// The same for the cotangents (m numbers) of log p_a(z), as logits of a noise classifier have them.
    template <exec::policy P, batch Z, batch L, writable_batch ZBar = detail::unwanted<T, P>,
              writable_batch LevelBar = detail::unwanted<T, P>>
    void pull_back_log_density(const P& policy, const Z& z, level_view<T, typename P::space> levels, const L& cotangent,
                               std::span<T> gradient, ZBar&& z_cotangent = {}, LevelBar&& level_cotangent = {}) const {
        require_cotangent(cotangent, z, 1);
        add_gradient(policy, z, levels, detail::unwanted<const T, P>{}, as_batch(cotangent), gradient, z_cotangent,
                     level_cotangent);
    }

private:
    static constexpr auto where = "cdl::denoiser::trainable_mixture";

    static distribution::gaussian_mixture<T, D, C> made_of(index_t components, const std::vector<T>& parameters) {
        using std::exp;
        constexpr index_t per_coordinate = C == distribution::covariance::isotropic ? 1 : 2;
        const auto count = static_cast<index_t>(parameters.size());
        require(components >= 1, where, "components", "must be at least 1", components);
        const index_t others = C == distribution::covariance::isotropic ? 2 : 1;
        const index_t d = D == dynamic ? (count / components - others) / per_coordinate : D;
        require(d >= 1 && count == components * (others + per_coordinate * d), where, "parameters",
                "must be a logit, a mean and variances for each component", count, " numbers for ", components,
                " components");
        for (const T& p : parameters) require(T(p - p) == T(0), where, "parameters", "must be finite", p);
        const auto means = parameters.begin() + components, variances = means + components * d;
        std::vector<T> exponentials;
        for (auto log_variance = variances; log_variance != parameters.end(); ++log_variance) {
            exponentials.push_back(T(exp(*log_variance)));
            require(T(0) < exponentials.back() && exponentials.back() <= (std::numeric_limits<T>::max)(), where,
                    "parameters", "must be logarithms of variances that can be held", *log_variance);
        }
        return distribution::gaussian_mixture<T, D, C>::of_log_weights(
            std::vector<T>(parameters.begin(), means), std::vector<T>(means, variances), std::move(exponentials));
    }

    template <class Cotangent, class Z>
    static void require_cotangent(const Cotangent& cotangent, const Z& z, index_t d) {
        const auto given = as_batch(cotangent);
        const index_t m = as_batch(z).size();
        require(given.size() == m && (m == 0 || given.dim() == d), where, "cotangent", "must be one for each answer",
                given.size(), " x ", given.dim(), " where ", m, " x ", d, " are needed");
    }

    template <class P, class Z, class E, class L, class ZBar, class LevelBar>
    void add_gradient(const P& policy, const Z& z, level_view<T, typename P::space> levels, const E& of_eps_hat,
                      const L& of_log_density, std::span<T> gradient, ZBar& z_cotangent,
                      LevelBar& level_cotangent) const {
        const auto points = exec::view_on(policy, z);
        const auto z_bar = exec::view_on(policy, z_cotangent);
        const auto level_bar = exec::view_on(policy, level_cotangent);
        const index_t m = points.size();
        require(m == 0 || points.dim() == dim(), where, "z", "must have the dimension of the mixture", points.dim(),
                " for ", dim());
        require(levels.fits(m), where, "levels", "must be one, or one for each point", levels.size(), " for ", m,
                " points");
        require(gradient.size() == parameters_.size(), where, "gradient", "must be as long as the parameters",
                gradient.size(), " for ", parameters_.size());
        require(z_bar.data() == nullptr || (z_bar.size() == m && (m == 0 || z_bar.dim() == dim())), where,
                "z_cotangent", "must have the shape of z", z_bar.size(), " x ", z_bar.dim(), " for ", m, " x ", dim());
        require(level_bar.data() == nullptr || (level_bar.size() == m && level_bar.dim() == 1), where,
                "level_cotangent", "must be one number for each point", level_bar.size(), " x ", level_bar.dim(),
                " for ", m);
        require_writable(z_bar, where, "z_cotangent");
        require_writable(level_bar, where, "level_cotangent");
        const auto there = mixture_.on(policy);
        const auto sums =
            detail::mixture_gradient(policy, there.view(), points, levels, exec::view_on(policy, of_eps_hat),
                                     exec::view_on(policy, of_log_density), z_bar, level_bar);
        const auto first_variance = static_cast<std::size_t>(size() * (1 + dim()));
        for (std::size_t p = 0; p < gradient.size(); ++p) // d v / d log v = v
            gradient[p] =
                T(gradient[p] +
                  (p < first_variance ? sums[p] : T(sums[p] * mixture_.view().variances[p - first_variance])));
    }

    std::vector<T> parameters_;
    distribution::gaussian_mixture<T, D, C> mixture_;
};

} // namespace cdl::denoiser

// SPDX-License-Identifier: MIT
#pragma once

// The classes of a noise classifier [CDM sec. 3]: class t = 1, ..., T is data noised to the level of step t, and class T + 1
// is pure noise N(0, I), each with a prior probability. The published code of CDM counts T + 2 classes, from 0, its class 0
// being clean data: here that is a first level of +inf, and every class has a number that is larger by one.

#include <cdl/denoiser/quantised.hpp>
#include <cdl/math/log_sum_exp.hpp>
#include <cdl/schedule/discrete_levels.hpp>

namespace cdl::classifier {

/// The levels and prior probabilities of T + 1 classes, in somebody else's memory; trivially copyable. Classes are counted
/// from 1.
template <class T, class Space = host>
struct class_view {
    denoiser::sorted_levels<T, Space> levels; ///< of classes 1, ..., T
    const T* log_priors;                      ///< T + 1
    const T* cumulative_priors;               ///< T + 1; that of class k is the probability of classes 1, ..., k

    /// T, the number of steps.
    CDL_HD index_t steps() const { return levels.size(); }
    /// T + 1, the number of classes.
    CDL_HD index_t size() const { return levels.size() + 1; }
    /// The level of class k; -inf, pure noise, for class T + 1.
    CDL_HD log_snr<T> level(index_t k) const { return k > steps() ? pure_noise<T>() : levels[k - 1]; }
    CDL_HD T log_prior(index_t k) const { return log_priors[k - 1]; }
};

namespace detail {

/// The logarithms of `count` prior probabilities, normalised; of equal ones where none are given. Of the logarithm of a quotient
/// and a difference of logarithms the first keeps more digits, and the second is there when the quotient underflows.
template <class T>
std::vector<T> log_priors(std::span<const T> prior, index_t count, const char* where) {
    using std::log;
    require(prior.empty() || static_cast<index_t>(prior.size()) == count, where, "prior",
            "must have a number for each class, or none", prior.size(), " for ", count);
    T total = T(0);
    for (const T& p : prior) {
        require(T(0) < p && T(p - p) == T(0), where, "prior", "must be positive and finite", p);
        total = T(total + p);
    }
    require(T(total - total) == T(0), where, "prior", "must have a finite sum", total);
    if (prior.empty())
        return std::vector<T>(static_cast<std::size_t>(count), T(-log(T(static_cast<lane_t<T>>(count)))));
    std::vector<T> logs;
    for (const T& p : prior) {
        const T share = T(p / total);
        const bool normal = !(share < T((std::numeric_limits<lane_t<T>>::min)()));
        logs.push_back(normal ? T(log(share)) : T(log(p) - log(total)));
    }
    return logs;
}

} // namespace detail

/// The levels and prior probabilities of T + 1 classes, where a policy runs.
template <scalar T, class Space = host>
class noise_classes {
public:
    /// levels: of steps 1, ..., T; they must fall. The first may be clean data, the last pure noise. prior: T + 1 positive
    /// numbers, normalised here; none for equal probabilities. Throws std::invalid_argument.
    template <exec::policy P>
        requires std::is_same_v<typename P::space, Space>
    noise_classes(const P& policy, const schedule::discrete_levels<T>& levels, std::span<const T> prior = {})
        : noise_classes(policy, levels.levels(), checked(levels, prior)) {}
    template <exec::policy P>
        requires std::is_same_v<typename P::space, Space>
    noise_classes(const P& policy, const schedule::discrete_levels<T>& levels, const std::vector<T>& prior)
        : noise_classes(policy, levels, std::span<const T>(prior)) {}

    index_t steps() const { return levels_.size(); }
    index_t size() const { return levels_.size() + 1; }

    /// Views these, which must outlive it.
    class_view<T, Space> view() const& {
        return {{levels_.data(), levels_.size()}, log_priors_.data(), cumulative_priors_.data()};
    }
    class_view<T, Space> view() const&& = delete;

private:
    template <class P>
    noise_classes(const P& policy, std::span<const log_snr<T>> levels, const std::vector<T>& log_priors)
        : levels_(policy.put(levels.data(), static_cast<index_t>(levels.size()))),
          log_priors_(policy.put(log_priors.data(), static_cast<index_t>(log_priors.size()))),
          cumulative_priors_(cumulative(policy, log_priors)) {}

    static std::vector<T> checked(const schedule::discrete_levels<T>& levels, std::span<const T> prior) {
        constexpr auto where = "cdl::classifier::noise_classes";
        const auto of_steps = levels.levels();
        for (std::size_t k = 1; k < of_steps.size(); ++k)
            require(of_steps[k].value < of_steps[k - 1].value, where, "levels", "must fall from step to step",
                    of_steps[k].value, " after ", of_steps[k - 1].value);
        return detail::log_priors<T>(prior, levels.size() + 1, where);
    }

    template <class P>
    static exec::buffer<T, Space> cumulative(const P& policy, const std::vector<T>& log_priors) {
        using std::exp;
        std::vector<T> sums;
        T sum = T(0);
        for (const T& log_prior : log_priors) sums.push_back(sum = T(sum + exp(log_prior)));
        return policy.put(sums.data(), static_cast<index_t>(sums.size()));
    }

    exec::buffer<log_snr<T>, Space> levels_;
    exec::buffer<T, Space> log_priors_, cumulative_priors_;
};

template <exec::policy P, scalar T>
noise_classes(const P&, const schedule::discrete_levels<T>&) -> noise_classes<T, typename P::space>;
template <exec::policy P, scalar T>
noise_classes(const P&, const schedule::discrete_levels<T>&, std::span<const T>) -> noise_classes<T, typename P::space>;
template <exec::policy P, scalar T>
noise_classes(const P&, const schedule::discrete_levels<T>&, const std::vector<T>&)
    -> noise_classes<T, typename P::space>;

} // namespace cdl::classifier

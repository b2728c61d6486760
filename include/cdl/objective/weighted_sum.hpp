// SPDX-License-Identifier: MIT
#pragma once

// Two losses trained at once: their queries go to the denoiser in one batch, first those of the first. CDL trains with the sum
// of a denoising loss and the contrastive one.

#include <cdl/objective/prepare.hpp>

namespace cdl::objective {

/// The values of the two losses of a `weighted_sum`, without their weights, or their own parts.
template <class First, class Second>
struct weighted_sum_parts {
    First first;
    Second second;
};

namespace detail {

/// What evaluates `weighted_sum`: the losses of the first, then those of the second.
template <class First, class Second, class T, index_t D, class Space>
class sum_evaluator {
public:
    sum_evaluator(First first, Second second, T first_weight, T second_weight)
        : first_(std::move(first)), second_(std::move(second)), first_weight_(first_weight),
          second_weight_(second_weight) {}

    index_t points() const { return first_.points() + second_.points(); }
    index_t query_count() const { return first_.query_count() + second_.query_count(); }
    void check_step(index_t step, const char* where) const {
        first_.check_step(step, where);
        second_.check_step(step, where);
    }

    template <exec::policy P>
    void check_points(const P& policy, const any_batch<const T, D, Space>& x, const char* where) const {
        detail::check_points(policy, first_, x, where);
        detail::check_points(policy, second_, x, where);
    }

    /// The parts, with what they have to tell.
    const First& first() const& { return first_; }
    const First& first() const&& = delete; // would outlive its owner
    const Second& second() const& { return second_; }
    const Second& second() const&& = delete; // would outlive its owner

    template <exec::policy P>
    void ask(const P& policy, const any_batch<const T, D, Space>& x, const random::noise_stream& stream, index_t step,
             const batch_view<T, D, point_major, Space>& z, log_snr<T>* levels) {
        const index_t m = first_.query_count();
        first_.ask(policy, x, stream, step, z.slice(0, m), levels);
        second_.ask(policy, x, stream, step, z.slice(m, second_.query_count()), levels + m);
    }

    template <exec::policy P>
    void answer(const P& policy, const any_batch<const T, D, Space>& eps_hat, const any_batch<T, D, Space>& cotangent,
                T scale, T* losses) {
        const index_t m = first_.query_count(), rest = second_.query_count();
        const auto part = [&](index_t begin, index_t count) {
            return cotangent.data() == nullptr ? cotangent : cotangent.slice(begin, count);
        };
        first_.answer(policy, eps_hat.slice(0, m), part(0, m), T(scale * first_weight_), losses);
        second_.answer(policy, eps_hat.slice(m, rest), part(m, rest), T(scale * second_weight_),
                       losses + first_.points());
    }

    template <exec::policy P>
    auto parts_of(const P& policy, const T* losses) const {
        const auto one = detail::parts_of(policy, first_, losses);
        const auto other = detail::parts_of(policy, second_, losses + first_.points());
        return weighted_sum_parts<std::remove_const_t<decltype(one)>, std::remove_const_t<decltype(other)>>{one, other};
    }

    template <exec::policy P>
    T collect(const P& policy, const T* losses, index_t n, T scale, T* spread) const {
        const T first = detail::collect(policy, first_, losses, n, T(scale * first_weight_), spread);
        const T* rest = losses + first_.points();
        return T(first + detail::collect(policy, second_, rest, n, T(scale * second_weight_), spread));
    }

private:
    First first_;
    Second second_;
    T first_weight_, second_weight_;
};

} // namespace detail

/// first_weight first + second_weight second: losses, or sums of losses. The queries of both; the standard error knows that both
/// have the same points.
template <class First, class Second>
struct weighted_sum {
    First first;
    double first_weight = 1;
    Second second;
    double second_weight = 1;

    /// Throws std::invalid_argument on a weight that is not finite as a number of T, and what the losses throw.
    template <class T, index_t D, exec::policy P>
    auto evaluator(const P& policy, index_t n, index_t d) const {
        constexpr auto where = "cdl::objective::weighted_sum";
        const auto finite = [](const T& weight) { return T(weight - weight) == T(0); };
        require(finite(T(first_weight)), where, "first_weight", "must be finite", first_weight);
        require(finite(T(second_weight)), where, "second_weight", "must be finite", second_weight);
        auto one = first.template evaluator<T, D>(policy, n, d);
        auto other = second.template evaluator<T, D>(policy, n, d);
        return detail::sum_evaluator<decltype(one), decltype(other), T, D, typename P::space>(
            std::move(one), std::move(other), T(first_weight), T(second_weight));
    }
};

template <class First, class Second>
weighted_sum(First, double, Second, double) -> weighted_sum<First, Second>;

} // namespace cdl::objective

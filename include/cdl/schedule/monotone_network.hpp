// SPDX-License-Identifier: MIT
#pragma once

// The learned schedule of VDM [VDM app. H, I.2 eq. 59]: a network of three linear layers with positive weights, so that it
// rises with time,
//
//     gamma~(t) = l1(t) + l3(sigmoid(l2(l1(t)))),
//     a(t) = a_0 + (a_1 - a_0) (gamma~(t) - gamma~(0)) / (gamma~(1) - gamma~(0)),     a = -gamma,
//
// which holds both ends, whatever the network. In continuous time the variational bound depends on the ends alone; what is
// between them decides the variance of its estimate, and can be learned for it (objective/variational.hpp).
//
// The published code composes other functions (a linear map plus units of 2 (t - 1/2), squashed to [-1, 1] and divided by
// 1024) and does not hold the ends: there eq. 59 is missing.

#include <cdl/core/checks.hpp>
#include <cdl/core/index.hpp>
#include <cdl/schedule/noise_schedule.hpp>

#include <span>
#include <vector>

namespace cdl::schedule {

/// A schedule that falls from `cleanest` at t = 0 to `noisiest` at t = 1, both exactly, along a curve with parameters that may be
/// any real numbers. With l1(t) = w t + b, unit k of l2: v_k l1 + c_k, and l3 with weights u_k (its offset drops out), they are
///
///     a_0, a_1, log w, b, log v_1, ..., log v_H, c_1, ..., c_H, log u_1, ..., log u_H.
///
/// The network lives on the host. O(H) for each call. Differences of sigmoids are formed as
/// sigmoid(h) - sigmoid(k) = -expm1(k - h) sigmoid(h) sigmoid(-k), so that all sums are of positive terms.
template <scalar T>
class monotone_network {
public:
    using value_type = T;

    /// Starts close to the linear schedule: the units' steps, a tenth wide, are spread evenly over [0, 1]. Ends finite with
    /// cleanest > noisiest, hidden >= 1, else std::invalid_argument. VDM has 1024 hidden units.
    monotone_network(log_snr<T> cleanest, log_snr<T> noisiest, index_t hidden = 1024)
        : hidden_(hidden), units_(at_least_one(hidden)) {
        using std::log;
        const T count = T(static_cast<double>(hidden)), steepness = T(10);
        std::vector<T> start{cleanest.value, noisiest.value, T(0), T(0)};
        start.resize(static_cast<std::size_t>(parameter_count()), T(log(steepness)));
        for (index_t k = 0; k < hidden; ++k) {
            start[index(1, k)] = T(-steepness * T(T(static_cast<double>(k)) + T(0.5)) / count);
            start[index(2, k)] = T(-log(count));
        }
        set_parameters(start);
    }

    index_t hidden() const { return hidden_; }
    /// 4 + 3 hidden.
    index_t parameter_count() const { return 4 + 3 * hidden_; }
    const std::vector<T>& parameters() const { return parameters_; }

    /// Throws std::invalid_argument on another number of parameters, on parameters that are not finite, and on ends that are
    /// not in order; the network is then as it was.
    void set_parameters(std::span<const T> parameters) {
        using std::exp;
        constexpr auto where = "cdl::schedule::monotone_network";
        require(std::ssize(parameters) == parameter_count(), where, "parameters", "must be 4 + 3 hidden",
                std::ssize(parameters), " for ", hidden_, " hidden units");
        for (std::size_t p = 0; p < parameters.size(); ++p)
            require(T(parameters[p] - parameters[p]) == T(0), where,
                    p == 0   ? "cleanest"
                    : p == 1 ? "noisiest"
                             : "parameters",
                    "must be finite", parameters[p]);
        require(parameters[1] < parameters[0], where, "noisiest", "must be below cleanest", parameters[1], " against ",
                parameters[0]);
        parameters_.assign(parameters.begin(), parameters.end());
        w_ = T(exp(parameters_[2]));
        b_ = parameters_[3];
        for (index_t k = 0; k < hidden_; ++k) {
            unit& one = units_[static_cast<std::size_t>(k)];
            one.v = T(exp(parameters_[index(0, k)]));
            one.c = parameters_[index(1, k)];
            one.u = T(exp(parameters_[index(2, k)]));
            const T start = T(one.v * b_ + one.c);
            one.at_0 = math::sigmoid(start);
            one.left_at_0 = math::sigmoid(T(-start));
        }
        whole_ = rise(T(1));
    }

    /// The level at time t; exact at t = 0 and t = 1.
    log_snr<T> at(const T& t) const {
        const T r = T(rise(t) / whole_);
        return {T(cleanest() * T(T(1) - r) + noisiest() * r)};
    }

    /// d a / d t at time t, negative.
    T slope(const T& t) const { return T(T(T(noisiest() - cleanest()) * steepness(t)) / whole_); }

    /// The inverse of `at`, by Newton's method kept inside a bracket; 0 and 1 for levels beyond the ends.
    T time_of(const log_snr<T>& a) const {
        using std::abs;
        if (!(a.value < cleanest())) return T(0);
        if (!(noisiest() < a.value)) return T(1);
        const T share = T(T(cleanest() - a.value) / T(cleanest() - noisiest()));
        const T target = T(share * whole_);
        T low = T(0), high = T(1), t = share;
        for (int step = 0; step < 200; ++step) {
            const T off = T(rise(t) - target);
            (off < T(0) ? low : high) = t;
            const T next = T(t - off / steepness(t));
            if (abs(T(next - t)) <= T(T(2) * T(std::numeric_limits<T>::epsilon())) * t)
                return detail::nearest_time(next);
            t = low < next && next < high ? next : T(T(low + high) / T(2));
        }
        return t;
    }

    /// Adds to `gradient`, for each parameter, its derivative of level_cotangent a(t) + slope_cotangent a'(t). In closed form.
    /// Throws std::invalid_argument on a gradient of another size. O(H).
    void pull_back(const T& t, const T& level_cotangent, const T& slope_cotangent, std::span<T> gradient) const {
        require(std::ssize(gradient) == parameter_count(), "cdl::schedule::monotone_network::pull_back", "gradient",
                "must have a number for each parameter", std::ssize(gradient), " for ", parameter_count());
        const T r = T(rise(t) / whole_), q = T(steepness(t) / whole_), length = T(noisiest() - cleanest());
        const auto add = [&](std::size_t p, const T& number) { gradient[p] = T(gradient[p] + number); };
        add(0, T(level_cotangent * T(T(1) - r) - slope_cotangent * q));
        add(1, T(level_cotangent * r + slope_cotangent * q));
        // a = a_0 + length D(t) / D(1), a' = length D'(t) / D(1)
        const T of_rise = T(T(level_cotangent * length) / whole_),
                of_steepness = T(T(slope_cotangent * length) / whole_);
        add_rise(t, of_rise, of_steepness, gradient);
        add_rise(T(1), T(-T(of_rise * r) - of_steepness * q), T(0), gradient);
    }

private:
    struct unit {
        T v = T(0), c = T(0), u = T(0);
        T at_0 = T(0), left_at_0 = T(0); ///< the sigmoid at t = 0 and 1 minus it
    };

    static std::size_t at_least_one(index_t hidden) {
        require(hidden >= 1, "cdl::schedule::monotone_network", "hidden", "must be at least 1", hidden);
        return static_cast<std::size_t>(hidden);
    }
    std::size_t index(index_t kind, index_t k) const { return static_cast<std::size_t>(4 + kind * hidden_ + k); }
    const T& cleanest() const { return parameters_[0]; }
    const T& noisiest() const { return parameters_[1]; }
    T input(const unit& one, const T& t) const { return T(T(one.v * T(w_ * t + b_)) + one.c); }

    /// D(t) = gamma~(t) - gamma~(0).
    T rise(const T& t) const {
        T sum = T(w_ * t);
        for (const unit& one : units_) sum = T(sum + one.u * risen(one, t));
        return sum;
    }
    /// What the sigmoid of a unit has risen since t = 0.
    T risen(const unit& one, const T& t) const {
        using std::expm1;
        return T(T(math::sigmoid(input(one, t)) * one.left_at_0) * T(-expm1(T(-T(one.v * w_) * t))));
    }
    /// D'(t).
    T steepness(const T& t) const {
        T sum = T(1);
        for (const unit& one : units_) {
            const T h = input(one, t);
            sum = T(sum + T(one.u * one.v) * T(math::sigmoid(h) * math::sigmoid(T(-h))));
        }
        return T(w_ * sum);
    }
    /// Adds the derivatives of of_rise D(t) + of_steepness D'(t).
    void add_rise(const T& t, const T& of_rise, const T& of_steepness, std::span<T> gradient) const {
        const T l1 = T(w_ * t + b_);
        T by_w = T(of_rise * t + of_steepness), by_b = T(0);
        for (index_t k = 0; k < hidden_; ++k) {
            const unit& one = units_[static_cast<std::size_t>(k)];
            const T h = input(one, t), s = math::sigmoid(h), left = math::sigmoid(T(-h));
            const T first = T(s * left), second = T(first * T(left - s)); // derivatives of the sigmoid
            const T first_at_0 = T(one.at_0 * one.left_at_0), uv = T(one.u * one.v);
            const T by_h = T(T(of_rise * first) + T(of_steepness * w_) * T(one.v * second)); // over u, as by_h_at_0
            const T by_h_at_0 = T(-of_rise * first_at_0);
            by_w = T(by_w + T(one.v * T(one.u * t)) * by_h + T(of_steepness * uv) * first);
            by_b = T(by_b + uv * T(by_h + by_h_at_0));
            const T by_v = T(one.u * T(T(by_h * l1 + by_h_at_0 * b_) + T(of_steepness * w_) * first));
            gradient[index(0, k)] = T(gradient[index(0, k)] + by_v * one.v);
            gradient[index(1, k)] = T(gradient[index(1, k)] + one.u * T(by_h + by_h_at_0));
            const T by_u = T(of_rise * risen(one, t) + T(of_steepness * w_) * T(one.v * first));
            gradient[index(2, k)] = T(gradient[index(2, k)] + by_u * one.u);
        }
        gradient[2] = T(gradient[2] + by_w * w_);
        gradient[3] = T(gradient[3] + by_b);
    }

    index_t hidden_;
    std::vector<unit> units_;
    std::vector<T> parameters_;
    T w_ = T(1), b_ = T(0), whole_ = T(1);
};

} // namespace cdl::schedule

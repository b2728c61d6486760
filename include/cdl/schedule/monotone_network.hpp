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
#include <cdl/schedule/monotone_curve.hpp>

#include <span>
#include <vector>

namespace cdl::schedule {

/// A schedule that falls from `cleanest` at t = 0 to `noisiest` at t = 1, both exactly, along a curve with parameters that may be
/// any real numbers whose exponentials are numbers of T, too. With l1(t) = w t + b, unit k of l2: v_k l1 + c_k, and l3 with
/// weights u_k (its offset drops out), they are
///
///     a_0, a_1, log w, b, log v_1, ..., log v_H, c_1, ..., c_H, log u_1, ..., log u_H.
///
/// The network lives on the host; `view()` is the curve alone. O(H) for each call.
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
    const std::vector<T>& parameters() const& { return parameters_; }
    const std::vector<T>& parameters() const&& = delete; // would outlive its owner

    /// Throws std::invalid_argument on another number of parameters, on parameters that are not finite or make a slope that is
    /// not, or a curve that does not rise, and on ends that are not in order; the network is then as it was.
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
        const T w = T(exp(parameters[2])), b = parameters[3];
        T steepest = T(1);
        auto units = units_;
        for (index_t k = 0; k < hidden_; ++k) {
            auto& unit = units[static_cast<std::size_t>(k)];
            unit.v = T(exp(parameters[index(0, k)]));
            unit.c = parameters[index(1, k)];
            unit.u = T(exp(parameters[index(2, k)]));
            unit.at_0 = math::sigmoid(unit.input(b));
            unit.left_at_0 = math::sigmoid(T(-unit.input(b)));
            steepest = T(steepest + unit.u * unit.v);
        }
        steepest = T(T(steepest * w) * T(parameters[0] - parameters[1]));
        require(T(steepest - steepest) == T(0), where, "parameters", "must make a slope that is finite", steepest);
        const T whole = monotone_curve<T>{units.data(), hidden_, parameters[0], parameters[1], w, b, T(1)}.rise(T(1));
        require(T(0) < whole && T(whole - whole) == T(0), where, "parameters", "must make a curve that rises", whole);
        parameters_.assign(parameters.begin(), parameters.end());
        units_ = std::move(units);
        w_ = w, whole_ = whole;
    }

    /// The curve as a value, e.g. for a body of one's own. It views the network.
    monotone_curve<T> view() const& {
        return {units_.data(), hidden_, parameters_[0], parameters_[1], w_, parameters_[3], whole_};
    }
    monotone_curve<T> view() const&& = delete;

    /// See `monotone_curve`.
    log_snr<T> at(const T& t) const { return view().at(t); }
    T slope(const T& t) const { return view().slope(t); }
    T time_of(const log_snr<T>& a) const { return view().time_of(a); }

    /// Adds to `gradient`, for each parameter, its derivative of level_cotangent a(t) + slope_cotangent a'(t). In closed form.
    /// Throws std::invalid_argument on a gradient of another size. O(H).
    void pull_back(const T& t, const T& level_cotangent, const T& slope_cotangent, std::span<T> gradient) const {
        require(std::ssize(gradient) == parameter_count(), "cdl::schedule::monotone_network::pull_back", "gradient",
                "must have a number for each parameter", std::ssize(gradient), " for ", parameter_count());
        const T r = T(view().rise(t) / whole_), q = T(view().steepness(t) / whole_);
        const T length = T(parameters_[1] - parameters_[0]);
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
    static std::size_t at_least_one(index_t hidden) {
        require(hidden >= 1, "cdl::schedule::monotone_network", "hidden", "must be at least 1", hidden);
        return static_cast<std::size_t>(hidden);
    }
    std::size_t index(index_t kind, index_t k) const { return static_cast<std::size_t>(4 + kind * hidden_ + k); }

    /// Adds the derivatives of of_rise D(t) + of_steepness D'(t).
    void add_rise(const T& t, const T& of_rise, const T& of_steepness, std::span<T> gradient) const {
        const T b = parameters_[3], wt = T(w_ * t), l1 = T(wt + b), of_inner = T(of_steepness * w_);
        const auto add = [&](std::size_t p, const T& number) { gradient[p] = T(gradient[p] + number); };
        T by_w = T(of_rise * t + of_steepness), by_b = T(0);
        for (index_t k = 0; k < hidden_; ++k) {
            const auto& unit = units_[static_cast<std::size_t>(k)];
            const T h = unit.input(l1), s = math::sigmoid(h), left = math::sigmoid(T(-h));
            const T first = T(s * left), second = T(first * T(left - s)); // derivatives of the sigmoid
            // with respect to h(t) and h(0), over u
            const T by_h = T(of_rise * first + of_inner * T(unit.v * second));
            const T by_h_0 = T(-of_rise * T(unit.at_0 * unit.left_at_0));
            const T uv = T(unit.u * unit.v);
            by_w = T(by_w + T(uv * t) * by_h + T(of_steepness * uv) * first);
            by_b = T(by_b + uv * T(by_h + by_h_0));
            add(index(0, k), T(uv * T(T(by_h * l1 + by_h_0 * b) + of_inner * first)));
            add(index(1, k), T(unit.u * T(by_h + by_h_0)));
            add(index(2, k), T(unit.u * T(of_rise * unit.risen(l1, wt) + of_inner * T(unit.v * first))));
        }
        add(2, T(by_w * w_));
        add(3, by_b);
    }

    index_t hidden_;
    std::vector<detail::monotone_unit<T>> units_;
    std::vector<T> parameters_;
    T w_ = T(1), whole_ = T(1);
};

} // namespace cdl::schedule

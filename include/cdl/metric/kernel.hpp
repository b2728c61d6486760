// SPDX-License-Identifier: MIT
#pragma once

// How alike two points are. Most kernels are functions of the squared distance of two points, some of their inner products,
// and any function of two points will do. The bandwidth of a Gaussian is a standard deviation in one program and a variance
// in the next, and the results differ beyond recognition: here the name of the function that makes the kernel says which.

#include <cdl/core/checks.hpp>
#include <cdl/math/exp_nonpositive.hpp>
#include <cdl/view/point.hpp>

#include <array>

namespace cdl::metric {

/// Satisfied by functions of |x - y|^2: gaussian, gaussian_mean, laplace, energy, scaled of these. One of your own is a struct with a
/// constant `CDL_HD S operator()(const S&)`, a template where packs are meant.
template <class K, class S = double>
concept kernel_of_distance = requires(const K k, const S squared_distance) {
    { k(squared_distance) } -> std::same_as<S>;
};

/// Satisfied by functions of the inner products x.x, y.y and x.y, in this order: polynomial. Otherwise as above.
template <class K, class S = double>
concept kernel_of_products = requires(const K k, const S xx, const S yy, const S xy) {
    { k(xx, yy, xy) } -> std::same_as<S>;
};

/// Satisfied by functions of two points, `k(x, y)` with `x.size()` and `x[j]`, that return a number. They run on one pair at
/// a time: without packs, under every policy.
template <class K, class S = double>
concept kernel_of_points = requires(const K k, const point_view<const S> x) {
    { k(x, x) } -> std::convertible_to<S>;
};

/// Satisfied by trivially copyable symmetric functions of two points, in one of the three forms.
template <class K, class S = double>
concept kernel =
    std::is_trivially_copyable_v<K> && (kernel_of_distance<K, S> || kernel_of_products<K, S> || kernel_of_points<K, S>);

/// Refuses to compile, in one sentence, what is given where a kernel belongs and is none.
template <class K, class S>
constexpr void require_kernel() {
    constexpr bool good = kernel<K, S>;
    static_assert(
        good, "cdl: a kernel is trivially copyable and a constant function k(|x - y|^2), k(x.x, y.y, x.y) or k(x, y) "
              "that returns the scalar of the points");
}

namespace detail {

template <class T>
bool is_positive(const T& number) {
    return T(0) < number && T(number - number) == T(0);
}

} // namespace detail

/// The Gaussian kernel k(x, y) = exp(-|x - y|^2 / (2 s^2)) [CDL app. B.1]; k(x, x) = 1.
/// s, the standard deviation, has the unit of a coordinate. The paper sets "sigma = 3e-2"; its program takes that for
/// the variance s^2 and multiplies the kernel by 1 / sqrt(2 pi s^2), which is scaled{gaussian, 2.3033}.
template <class T>
class gaussian {
public:
    /// Throws std::invalid_argument unless s, s^2 and 1 / s^2 are positive and finite.
    static gaussian with_standard_deviation(const T& s) {
        require(usable(T(s * s)) && detail::is_positive(s), "cdl::metric::gaussian", "standard_deviation",
                "must be positive and finite, with its square", s);
        return gaussian(T(s * s));
    }
    /// Throws std::invalid_argument unless s^2 and 1 / s^2 are positive and finite.
    static gaussian with_variance(const T& variance) {
        require(usable(variance), "cdl::metric::gaussian", "variance", "must be positive and finite", variance);
        return gaussian(variance);
    }

    template <class S>
    CDL_HD S operator()(const S& squared_distance) const {
        return math::exp_nonpositive(S(S(lane_t<S>(rate_)) * squared_distance));
    }

private:
    explicit gaussian(const T& variance) : rate_(rate(variance)) {}
    static T rate(const T& variance) { return T(T(-0.5) / variance); }
    static bool usable(const T& variance) {
        return detail::is_positive(variance) && detail::is_positive(-rate(variance));
    }

    T rate_; // -1 / (2 s^2)
};

/// The mean of M Gaussian kernels, (1/M) sum_m exp(-|x - y|^2 / (2 s_m^2)), for when no one bandwidth is right.
template <class T, std::size_t M>
class gaussian_mean {
public:
    /// Throws std::invalid_argument like gaussian, and does not compile without any s.
    static gaussian_mean with_standard_deviations(const std::array<T, M>& s) {
        return gaussian_mean(s, std::make_index_sequence<M>{});
    }

    template <class S>
    CDL_HD S operator()(const S& squared_distance) const {
        S sum = S(0);
        for (const gaussian<T>& one : kernels_) sum = S(sum + one(squared_distance));
        return S(sum * S(lane_t<S>(1.0 / M)));
    }

private:
    template <std::size_t... Which>
    gaussian_mean(const std::array<T, M>& s, std::index_sequence<Which...>)
        : kernels_{gaussian<T>::with_standard_deviation(s[Which])...} {}

    gaussian<T> kernels_[M];
};

/// The Laplace kernel k(x, y) = exp(-|x - y| / length), with the Euclidean norm, not the sum of absolute values;
/// k(x, x) = 1.
template <class T>
class laplace {
public:
    /// Throws std::invalid_argument unless the length and its inverse are positive and finite.
    static laplace with_length(const T& length) {
        require(detail::is_positive(length) && detail::is_positive(T(T(1) / length)), "cdl::metric::laplace", "length",
                "must be positive and finite", length);
        return laplace(length);
    }

    template <class S>
    CDL_HD S operator()(const S& squared_distance) const {
        using std::sqrt;
        return math::exp_nonpositive(S(S(lane_t<S>(rate_)) * S(sqrt(squared_distance))));
    }

private:
    explicit laplace(const T& length) : rate_(T(T(-1) / length)) {}

    T rate_; // -1 / length
};

/// The kernel k(x, y) = -|x - y|, Euclidean; k(x, x) = 0. Its squared MMD is the energy distance
/// 2 E|X - Y| - E|X - X'| - E|Y - Y'| [Szekely & Rizzo 2013], and needs no bandwidth.
struct energy {
    template <class S>
    CDL_HD S operator()(const S& squared_distance) const {
        using std::sqrt;
        return S(-sqrt(squared_distance));
    }
};

/// A kernel times a factor. A squared MMD is multiplied by the same factor.
template <class K, class T>
struct scaled {
    K kernel;
    T factor;

    /// Of whatever the kernel is a function of.
    template <class... Of>
    CDL_HD auto operator()(const Of&... of) const -> decltype(this->kernel(of...)) {
        using S = decltype(kernel(of...));
        return S(S(lane_t<S>(factor)) * kernel(of...));
    }
};
template <class K, class T>
scaled(K, T) -> scaled<K, T>;

} // namespace cdl::metric

// SPDX-License-Identifier: MIT
#pragma once

// What compares two samples: the maximum mean discrepancy, its test and its bandwidths, moments, the Frechet distance.

#include <cdl/metric/bandwidth.hpp>
#include <cdl/metric/frechet.hpp>
#include <cdl/metric/kernel.hpp>
#include <cdl/metric/mmd.hpp>
#include <cdl/metric/permutation_test.hpp>
#include <cdl/metric/polynomial.hpp>

#include "policies/comparing.hpp"

namespace cdl::test {

/// Epsilons of T where results are double: values of kernels are of type T, their sums are not.
template <class T>
constexpr double epsilons_of(double count) {
    return count * epsilon<T> / epsilon<double>;
}

/// Ugly numbers of points of two samples.
struct sample_sizes {
    index_t n, m;
};
inline constexpr sample_sizes pairs_of_sizes[] = {{2, 2}, {7, 2}, {2, 597}, {597, 255}, {597, 1025}};

/// run(policy, x, y) returns numbers; x and y are samples of different widths and places.
template <class S, index_t D, class X, class Y, class Run>
void compares_samples_like_serial(const std::string& what, const sample_sizes& sizes, index_t d, const rounding& bound,
                                  const Run& run) {
    using T = typename S::scalar;
    const auto [n, m] = sizes;
    CAPTURE(n);
    CAPTURE(m);
    CAPTURE(d);
    const auto x = normal_numbers<T>(n * d, 31);
    auto y = normal_numbers<T>(m * d, 32, 1.5);
    for (T& number : y) number += T(0.5);
    matches_serial<S>(what, bound, [&](const auto& policy) {
        const auto xs = placed<X, D>(policy, x, n, d);
        const auto ys = placed<Y, D>(policy, y, m, d);
        return run(policy, xs.view(), ys.view());
    });
}

template <class R>
std::vector<double> numbers_of(const metric::mmd_estimate<R>& mmd) {
    return {mmd.unbiased, mmd.biased, mmd.standard_error, mmd.mean_xx, mmd.mean_yy, mmd.mean_xy};
}

struct mmd_with_gaussian {
    template <class P, class X, class Y>
    std::vector<double> operator()(const P& policy, const X& x, const Y& y) const {
        using T = batch_scalar_t<X>;
        return numbers_of(metric::mmd(policy, metric::gaussian<T>::with_standard_deviation(T(1.3)), x, y));
    }
};
struct mmd_with_laplace {
    template <class P, class X, class Y>
    std::vector<double> operator()(const P& policy, const X& x, const Y& y) const {
        using T = batch_scalar_t<X>;
        return numbers_of(metric::mmd(policy, metric::laplace<T>::with_length(T(1.3)), x, y));
    }
};
struct mmd_with_polynomial {
    template <class P, class X, class Y>
    std::vector<double> operator()(const P& policy, const X& x, const Y& y) const {
        using T = batch_scalar_t<X>;
        return numbers_of(metric::mmd(policy, metric::polynomial<T>(3, T(0.125), T(0.5)), x, y));
    }
};

/// A function of two points: 1 / (1 + the sum of the absolute differences).
struct inverse_of_sum {
    template <class U, class V>
    CDL_HD auto operator()(const U& u, const V& v) const {
        using std::abs;
        using T = coordinate_t<U>;
        T sum = T(1);
        for (index_t j = 0; j < u.size(); ++j) sum = T(sum + abs(T(u[j] - v[j])));
        return T(T(1) / sum);
    }
};
struct mmd_with_kernel_of_points {
    template <class P, class X, class Y>
    std::vector<double> operator()(const P& policy, const X& x, const Y& y) const {
        return numbers_of(metric::mmd(policy, inverse_of_sum{}, x, y));
    }
};
struct test_of_permutations_with_polynomial {
    template <class P, class X, class Y>
    std::vector<double> operator()(const P& policy, const X& x, const Y& y) const {
        using T = batch_scalar_t<X>;
        const auto result = metric::permutation_test(policy, metric::polynomial<T>::kid(x.dim()), x, y, 70, 33);
        return {result.statistic, result.p_value};
    }
};
struct test_of_permutations {
    template <class P, class X, class Y>
    std::vector<double> operator()(const P& policy, const X& x, const Y& y) const {
        using T = batch_scalar_t<X>;
        const auto kernel = metric::gaussian<T>::with_standard_deviation(T(1.3));
        const auto result = metric::permutation_test(policy, kernel, x, y, 100, 33);
        return {result.statistic, result.p_value, static_cast<double>(result.permutations)};
    }
};
struct median {
    template <class P, class X, class Y>
    std::vector<double> operator()(const P& policy, const X& x, const Y& y) const {
        return {metric::median_distance(policy, x, y)};
    }
};
struct largest_mmd {
    template <class P, class X, class Y>
    std::vector<double> operator()(const P& policy, const X& x, const Y& y) const {
        const std::vector<double> candidates{0.1, 0.3, 1, 3, 10};
        const auto found = metric::maximising_bandwidth(policy, x, y, candidates);
        std::vector<double> numbers{found.mmd.unbiased};
        for (const auto& tried : found.curve) numbers.push_back(tried.mmd.unbiased);
        numbers.resize(6); // the candidates; what comes between them depends on roundings
        return numbers;
    }
};

TEST_CASE_TEMPLATE("The maximum mean discrepancy matches serial", S, tested<float>, tested<double>) {
    // kernel values are at most 1 and off by exp of a squared distance of at most 50; the standard error is a root of
    // their differences
    using T = typename S::scalar;
    const rounding bound{epsilons_of<T>(16), 1};
    for (const auto& sizes : pairs_of_sizes) {
        compares_samples_like_serial<S, 2, packed_points, packed_points>("mmd", sizes, 2, bound, mmd_with_gaussian{});
        compares_samples_like_serial<S, dynamic, packed_coords, spread_out>("mmd", sizes, 3, bound, mmd_with_laplace{});
        compares_samples_like_serial<S, dynamic, packed_points, packed_points>("mmd", sizes, 100, bound,
                                                                               mmd_with_laplace{});
    }
}

TEST_CASE_TEMPLATE("Kernels of inner products and of points match serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    const rounding small{epsilons_of<T>(16), 1}; // values are at most 1
    for (const auto& sizes : pairs_of_sizes) {
        compares_samples_like_serial<S, 2, packed_points, backwards>("points", sizes, 2, small,
                                                                     mmd_with_kernel_of_points{});
        compares_samples_like_serial<S, dynamic, packed_coords, spread_out>("points", sizes, 17, small,
                                                                            mmd_with_kernel_of_points{});
        // (1/8 x.y + 1/2)^3 with |x| |y| up to 60
        const rounding large{epsilons_of<T>(64), 500};
        compares_samples_like_serial<S, 2, packed_points, packed_points>("polynomial", sizes, 2, large,
                                                                         mmd_with_polynomial{});
        compares_samples_like_serial<S, dynamic, packed_coords, spread_out>("polynomial", sizes, 5, large,
                                                                            mmd_with_polynomial{});
        compares_samples_like_serial<S, 2, packed_points, backwards>("permutation test", sizes, 2, large,
                                                                     test_of_permutations_with_polynomial{});
    }
}

TEST_CASE_TEMPLATE("The permutation test matches serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    for (const auto& sizes : pairs_of_sizes)
        compares_samples_like_serial<S, 2, packed_points, backwards>(
            "permutation test", sizes, 2, rounding{epsilons_of<T>(16), 1}, test_of_permutations{});
}

TEST_CASE_TEMPLATE("The median distance matches serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    const rounding bound{epsilons_of<T>(8)}; // a squared distance is a sum of d squares
    for (const auto& sizes : pairs_of_sizes) {
        compares_samples_like_serial<S, 2, spread_out, packed_points>("median", sizes, 2, bound, median{});
        compares_samples_like_serial<S, dynamic, packed_points, packed_points>("median", sizes, 17, bound, median{});
    }
}

TEST_CASE_TEMPLATE("The largest discrepancy matches serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    for (const sample_sizes sizes : {sample_sizes{7, 7}, sample_sizes{257, 65}})
        compares_samples_like_serial<S, 2, packed_points, packed_points>(
            "largest mmd", sizes, 2, rounding{epsilons_of<T>(16), 1}, largest_mmd{});
}

TEST_CASE_TEMPLATE("Moments and the Frechet distance match serial", S, tested<float>, tested<double>) {
    const auto run = [](const auto& policy, const auto& x, const auto& y) {
        const auto moments = metric::moments(policy, x);
        std::vector<double> numbers(moments.mean.begin(), moments.mean.end());
        numbers.insert(numbers.end(), moments.covariance.reshaped().begin(), moments.covariance.reshaped().end());
        numbers.push_back(metric::frechet(policy, x, y));
        return numbers;
    };
    for (const auto& sizes : pairs_of_sizes) {
        // sums of doubles up to 5, whatever the scalar; the distance is a root of their products
        compares_samples_like_serial<S, 2, packed_points, spread_out>("moments", sizes, 2, rounding{64, 25}, run);
        compares_samples_like_serial<S, dynamic, packed_coords, backwards>("moments", sizes, 17, rounding{64, 25}, run);
    }
}

} // namespace cdl::test

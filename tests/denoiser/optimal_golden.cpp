// SPDX-License-Identifier: MIT
// eps_hat and x_hat against golden/c_eval.csv.

#include <cdl/denoiser/optimal.hpp>

#include <distribution/golden_mixtures.hpp>
#include <distribution/testing.hpp>

#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;

namespace {

/// Errors relative to the largest coordinate of the result, or of x, or 1; in units of epsilon. x_hat is a mean over
/// the components' own estimates, and far out, where exponents are large, their rounding decides between these: it may
/// be off by their distance.
template <class T, index_t D, covariance C>
void check_golden(const std::string& name, double bound_eps, double bound_x) {
    const auto mixture = test::golden_mixture(name).make<T, D, C>();
    const denoiser::optimal f(mixture);
    long double spread = 0; // of the means
    for (index_t k = 0; k < mixture.size(); ++k)
        for (index_t j = 0; j < mixture.dim(); ++j)
            spread = std::max(spread, static_cast<long double>(std::abs(mixture.mean(k, j) - mixture.mean(0, j))));
    double worst_eps = 0, worst_x = 0, worst_table = 0;
    for (const auto& c : test::golden_cases(name)) {
        if (c.eps_hat.empty()) continue; // clean data: see the limits in the laws
        std::vector<T> z, eps_hat(c.x.size()), x_hat(c.x.size()), tabulated(c.x.size());
        for (const double v : c.x) z.push_back(static_cast<T>(v));
        const log_snr<T> a{static_cast<T>(c.level)};
        const point_view<const T> at(z.data(), mixture.dim());
        f(at, a, eps_hat);
        f.posterior_mean(at, a, x_hat);
        const auto table = f.at_level(exec::serial{}, a);
        table.point()(at, a, tabulated);
        long double size_eps = 1, size_x = 1;
        for (std::size_t j = 0; j < z.size(); ++j) {
            size_eps = std::max({size_eps, std::abs(c.eps_hat[j]), std::abs(static_cast<long double>(c.x[j]))});
            size_x = std::max({size_x, std::abs(c.x_hat[j]), std::abs(static_cast<long double>(c.x[j]))});
        }
        size_x += spread * std::min(std::abs(c.log_p), 1 / static_cast<long double>(test::epsilon<T>));
        for (std::size_t j = 0; j < z.size(); ++j) {
            const auto error = [](auto got, long double want, long double size) {
                return static_cast<double>(std::abs(static_cast<long double>(got) - want) / size) / test::epsilon<T>;
            };
            test::keep_largest(worst_eps, error(eps_hat[j], c.eps_hat[j], size_eps));
            test::keep_largest(worst_table, error(tabulated[j], c.eps_hat[j], size_eps));
            test::keep_largest(worst_x, error(x_hat[j], c.x_hat[j], size_x));
        }
    }
    const std::string what = "denoiser of " + name + ", " + std::to_string(8 * sizeof(T)) + " bits, ";
    test::check_within(what + "eps_hat / epsilon", worst_eps, bound_eps);
    test::check_within(what + "tabulated eps_hat / epsilon", worst_table, bound_eps);
    test::check_within(what + "x_hat / epsilon", worst_x, bound_x);
}

} // namespace

TEST_CASE_TEMPLATE("eps_hat and x_hat agree with the golden values in one dimension", T, float, double, long double) {
    check_golden<T, 1, covariance::isotropic>("two_1d", 8, 1.5);
    check_golden<T, 1, covariance::full>("three_1d", 8, 1.5);
}

TEST_CASE_TEMPLATE("eps_hat and x_hat agree with the golden values in two dimensions", T, float, double) {
    check_golden<T, 2, covariance::full>("five_2d", 8, 1.5);
}

TEST_CASE_TEMPLATE("eps_hat and x_hat agree with the golden values in three dimensions", T, float, double,
                   long double) {
    check_golden<T, 3, covariance::diagonal>("four_3d", 8, 1.5);
}

TEST_CASE_TEMPLATE("eps_hat and x_hat agree with the golden values in sixteen dimensions", T, float, double,
                   long double) {
    check_golden<T, 16, covariance::isotropic>("three_16d", 10, 1);
}

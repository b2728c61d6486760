// SPDX-License-Identifier: MIT
// Mixtures against golden/c_eval.csv, in every scalar, shape and kind of dimension.

#include <cdl/distribution/gaussian_mixture.hpp>

#include <distribution/golden_mixtures.hpp>
#include <distribution/testing.hpp>

#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using test::check_within, test::keep_largest, test::epsilon;

namespace {

/// The largest errors in units of epsilon.
struct errors {
    double log_p = 0; ///< relative to |log p| where that exceeds 1
    double score = 0; ///< relative to the largest coordinate of the score, or of x, or 1
    double log_resp =
        0; ///< relative to |log p| + |log r| where that exceeds 1: the term of a component may be as large
};

double magnitude(const std::vector<double>& x) {
    double largest = 1;
    for (const double v : x) largest = std::max(largest, std::abs(v));
    return largest;
}

/// How far results in T can be trusted: the exponents of the components, squared distances, are rounded.
template <class Mixture>
errors errors_of(const Mixture& mixture, const std::vector<test::mixture_case>& cases) {
    using T = typename Mixture::value_type;
    errors e;
    for (const auto& c : cases) {
        const auto d = static_cast<std::size_t>(mixture.dim());
        std::vector<T> z, score(d);
        for (const double v : c.x) z.push_back(static_cast<T>(v));
        const log_snr<T> a{static_cast<T>(c.level)};
        const point_view<const T> at(z.data(), mixture.dim());
        const long double size = std::max(1.0L, std::abs(c.log_p));
        const auto relative = [](auto got, long double exact, long double scale) {
            return static_cast<double>(std::abs(static_cast<long double>(got) - exact) / scale) / epsilon<T>;
        };
        keep_largest(e.log_p, relative(mixture.log_density(at, a), c.log_p, size));
        const T log_p = mixture.score(at, a, score);
        keep_largest(e.log_p, relative(log_p, c.log_p, size));
        auto steepest = static_cast<long double>(magnitude(c.x));
        for (const long double s : c.score) steepest = std::max(steepest, std::abs(s));
        for (std::size_t j = 0; j < d; ++j) keep_largest(e.score, relative(score[j], c.score[j], steepest));
        for (std::size_t k = 0; k < c.log_resp.size(); ++k) {
            const T got = mixture.log_responsibility(static_cast<index_t>(k), at, a);
            const long double scale = std::max(size, std::abs(c.log_p) + std::abs(c.log_resp[k]));
            keep_largest(e.log_resp, relative(got, c.log_resp[k], scale));
        }
    }
    return e;
}

template <class T, index_t D, covariance C>
void check_golden(const std::string& name, errors bounds) {
    const auto parameters = test::golden_mixture(name);
    REQUIRE(parameters.has_shape(C));
    const errors e = errors_of(parameters.make<T, D, C>(), test::golden_cases(name));
    const std::string what = "mixture " + name + ", " + std::to_string(8 * sizeof(T)) + " bits, D " +
                             std::to_string(D) + ", shape " + std::to_string(static_cast<int>(C)) + ", ";
    check_within(what + "log p / epsilon", e.log_p, bounds.log_p);
    check_within(what + "score / epsilon", e.score, bounds.score);
    check_within(what + "log responsibility / epsilon", e.log_resp, bounds.log_resp);
}

/// The bits of log density and score of all golden cases of a mixture, one after the other.
template <class Mixture>
std::vector<typename Mixture::value_type> all_values(const Mixture& mixture, const std::string& name) {
    using T = typename Mixture::value_type;
    std::vector<T> values;
    for (const auto& c : test::golden_cases(name)) {
        std::vector<T> z, score(c.x.size());
        for (const double v : c.x) z.push_back(static_cast<T>(v));
        const log_snr<T> a{static_cast<T>(c.level)};
        values.push_back(mixture.score(point_view<const T>(z.data(), mixture.dim()), a, score));
        values.insert(values.end(), score.begin(), score.end());
    }
    return values;
}

template <index_t D, covariance C>
void check_kinds_of_dimension(const std::string& name) {
    const auto parameters = test::golden_mixture(name);
    const auto fixed = all_values(parameters.make<double, D, C>(), name);
    const auto free = all_values(parameters.make<double, dynamic, C>(), name);
    REQUIRE(fixed.size() == free.size());
    for (std::size_t i = 0; i < fixed.size(); ++i) CHECK(test::same_bits(fixed[i], free[i]));
}

} // namespace

// In units of epsilon; a score sums over as many axes as there are dimensions.
constexpr errors low_dimension{6, 8, 8}, high_dimension{6, 60, 8};

TEST_CASE_TEMPLATE("one-dimensional mixtures agree with the golden values", T, float, double, long double) {
    check_golden<T, 1, covariance::full>("two_1d", low_dimension);
    check_golden<T, 1, covariance::diagonal>("two_1d", low_dimension);
    check_golden<T, 1, covariance::isotropic>("two_1d", low_dimension);
    check_golden<T, 1, covariance::isotropic>("three_1d", low_dimension);
}

TEST_CASE_TEMPLATE("a two-dimensional mixture agrees with the golden values", T, float, double, long double) {
    check_golden<T, 2, covariance::full>("five_2d", low_dimension);
}

TEST_CASE_TEMPLATE("a diagonal mixture agrees with the golden values", T, float, double, long double) {
    check_golden<T, 3, covariance::diagonal>("four_3d", low_dimension);
}

TEST_CASE_TEMPLATE("an isotropic mixture agrees with the golden values", T, float, double, long double) {
    check_golden<T, dynamic, covariance::isotropic>("three_16d", high_dimension);
}

TEST_CASE_TEMPLATE("full covariances that happen to be diagonal agree with the golden values", T, float, double) {
    check_golden<T, dynamic, covariance::full>("four_3d", low_dimension);
    check_golden<T, dynamic, covariance::full>("three_16d", high_dimension);
}

TEST_CASE("a dimension known at run time gives the numbers of one known at compile time") {
    check_kinds_of_dimension<1, covariance::isotropic>("three_1d");
    check_kinds_of_dimension<3, covariance::diagonal>("four_3d");
    check_kinds_of_dimension<16, covariance::isotropic>("three_16d");
}

// SPDX-License-Identifier: MIT
// Averages over the data to ten digits, by quadrature over the data, the noise and the
// levels: the mean squared error of the optimal denoiser, the entropy, the least contrastive loss, and what a range of
// levels leaves out.

#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/log_density_ratio.hpp>
#include <cdl/density/squared_error.hpp>
#include <cdl/distribution/quadrature_points.hpp>

#include <distribution/golden_mixtures.hpp>
#include <distribution/testing.hpp>

#include <cmath>
#include <map>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::quadrature_points;
using test::check_within, test::keep_largest;

namespace {

using mixture_1d = distribution::gaussian_mixture<double, 1, covariance::isotropic>;

const std::vector<std::string> names{"two_1d", "three_1d"};
constexpr test::fast policy{};

mixture_1d mixture_of(const std::string& name) {
    return test::golden_mixture(name).make<double, 1, covariance::isotropic>();
}

/// f at all points.
template <class F>
std::vector<double> at_points(const quadrature_points<double, 1>& points, const F& f) {
    std::vector<double> values;
    for (index_t i = 0; i < points.size(); ++i) values.push_back(f(points.points()[i]));
    return values;
}

/// The values of results.
template <class Results>
std::vector<double> values_of(const Results& results) {
    std::vector<double> values;
    for (const auto& result : results) values.push_back(result.value);
    return values;
}

/// As many points as twelve digits take, where each costs an integral over all levels, which 40 nodes settle.
template <class Mixture>
quadrature_points<double, 1> few_points(const Mixture& mixture, log_snr<double> a) {
    return quadrature_points<double, 1>(mixture, a, 104, 7.5);
}
constexpr density::quadrature all_levels{.level_nodes = 40};

} // namespace

TEST_CASE("the mean squared error of the optimal denoiser, averaged over the data, is the golden one") {
    for (const std::string& name : names) {
        const auto mixture = mixture_of(name);
        const denoiser::optimal f(mixture);
        const quadrature_points data(mixture);
        double worst = 0, worst_x = 0, worst_noised = 0;
        for (const auto& row : test::golden("d_mmse.csv").where("mixture", name)) {
            const log_snr a{row.input<double>("alpha")};
            const auto mmse = static_cast<double>(row.number("mmse_eps")),
                       mmse_x = static_cast<double>(row.number("mmse_x"));
            const double got = data.mean(density::values_of(density::squared_error(policy, f, data.points(), a)));
            keep_largest(worst, std::abs(got - mmse));
            // x - x_hat = -(N / S) (eps - eps_hat)
            keep_largest(worst_x, std::abs(std::exp(-a.value) * got - mmse_x) / std::exp(-a.value));
            // the same over noised data alone: E |eps - eps_hat|^2 = d - E |eps_hat|^2, as eps_hat = E[eps | z]
            const quadrature_points noised(mixture, a);
            const auto squares = at_points(noised, [&](const auto& z) {
                double eps_hat = 0;
                f(z, a, point_view<double, 1>(&eps_hat, 1));
                return eps_hat * eps_hat;
            });
            keep_largest(worst_noised, std::abs(1 - noised.mean(squares) - mmse));
        }
        check_within(name + ", mean of |eps - eps_hat|^2 over the data", worst, 8e-14);
        check_within(name + ", mean of |x - x_hat|^2 over the data, in units of (N / S)^2", worst_x, 8e-14);
        check_within(name + ", 1 - mean of |eps_hat|^2 over the noised data", worst_noised, 1e-14);
    }
}

TEST_CASE("the entropy of the data, from its density and from its denoiser") {
    for (const std::string& name : names) {
        const auto mixture = mixture_of(name);
        const quadrature_points data(mixture);
        const auto few = few_points(mixture, clean<double>());
        const auto entropy =
            static_cast<double>(test::golden("d_entropy.csv").where("mixture", name)[0].number("entropy"));
        const double exact = data.mean(at_points(data, [&](const auto& x) { return -mixture.log_density(x); }));
        check_within(name + ", entropy by log p", std::abs(exact - entropy), 4e-15);
        const auto nll = density::nll(policy, denoiser::optimal(mixture), few.points(), all_levels);
        check_within(name + ", entropy by the denoiser [CDL eq. 2]", std::abs(few.mean(values_of(nll)) - entropy),
                     name == "two_1d" ? 1e-11 : 8e-11);
    }
}

TEST_CASE("the least contrastive loss is the golden one, from densities and from the denoiser") {
    for (const std::string& name : names) {
        const auto mixture = mixture_of(name);
        const denoiser::optimal f(mixture);
        const quadrature_points data(mixture), few = few_points(mixture, clean<double>());
        double worst = 0, worst_denoiser = 0;
        for (const auto& row : test::golden("d_cdl.csv").where("mixture", name)) {
            const log_snr zeta{row.input<double>("zeta")};
            const auto loss = static_cast<double>(row.number("cdl_loss"));
            // half the points are clean, y = +1, half are noised, y = -1 [CDL eq. 7]
            const auto cross_entropy = [&](const std::vector<double>& ratios, double y) {
                std::vector<double> losses;
                for (const double ratio : ratios) losses.push_back(math::softplus(y * ratio));
                return losses;
            };
            const quadrature_points noised(mixture, zeta), few_noised = few_points(mixture, zeta);
            const auto exact = [&](const auto& x) { return mixture.log_density(x, zeta) - mixture.log_density(x); };
            const double by_density = (data.mean(cross_entropy(at_points(data, exact), 1)) +
                                       noised.mean(cross_entropy(at_points(noised, exact), -1))) /
                                      2;
            keep_largest(worst, std::abs(by_density - loss));
            if (zeta.value != 0 && zeta.value != 6) continue;
            const auto ratios = [&](const auto& points) {
                return values_of(density::log_density_ratio(policy, f, points.points(), zeta, all_levels));
            };
            const double by_denoiser =
                (few.mean(cross_entropy(ratios(few), 1)) + few_noised.mean(cross_entropy(ratios(few_noised), -1))) / 2;
            keep_largest(worst_denoiser, std::abs(by_denoiser - loss));
        }
        check_within(name + ", contrastive loss by densities [CDL eq. 7]", worst, 1.5e-15);
        check_within(name + ", contrastive loss by the denoiser [CDL eqs. 7, 8]", worst_denoiser,
                     name == "two_1d" ? 3e-12 : 5e-11);
    }
}

TEST_CASE("a range of levels leaves out the golden parts, and the analytic tails put them back") {
    const auto mixture = mixture_of("two_1d");
    const denoiser::optimal f(mixture);
    const auto rows = test::golden("d_truncation.csv");
    const std::vector<double> x{rows[0].input<double>("x")};
    // 1/2 (E |eps - eps_hat|^2 - sigmoid(a)) from the lowest level to each of the others, piece by piece
    std::map<double, double> integral_to;
    for (const auto& row : rows) integral_to[row.input<double>("lo")] = integral_to[row.input<double>("hi")] = 0;
    const auto axis = math::gauss_legendre<double>(32);
    double below = 0;
    for (auto piece = integral_to.begin(), next = std::next(piece); next != integral_to.end(); piece = next, ++next) {
        const double width = next->first - piece->first;
        for (std::size_t l = 0; l < axis.nodes.size(); ++l) {
            const log_snr a{piece->first + width * axis.nodes[l]};
            below += axis.weights[l] * width * (density::squared_error(policy, f, x, a)[0].value - signal_power(a)) / 2;
        }
        next->second = below;
    }
    double score = 0, worst = 0, worst_corrected = 0, worst_bound = 0;
    mixture.score(x, clean<double>(), point_view<double, 1>(&score, 1));
    const auto view = mixture.view();
    const distribution::detail::components_at<double, double, 1, covariance::isotropic> at_clean(view, clean<double>());
    const double laplacian = distribution::detail::divergence(at_clean, point_view<const double, 1>(x.data(), 1), -1.);
    double mean = 0;
    for (index_t k = 0; k < mixture.size(); ++k) mean += mixture.weight(k) * mixture.mean(k, 0);
    for (const auto& row : rows) {
        const double lo = row.input<double>("lo"), hi = row.input<double>("hi");
        const double truncated = (math::log_two_pi<double>() + 1) / 2 + integral_to[hi] - integral_to[lo];
        const double tails = std::exp(-hi) * (1 + 2 * laplacian + score * score) / 2 +
                             std::exp(lo) * ((x[0] - mean) * (x[0] - mean) - 1) / 2;
        keep_largest(worst, std::abs(truncated - static_cast<double>(row.number("truncated"))));
        keep_largest(worst_corrected, std::abs(truncated + tails - static_cast<double>(row.number("tail_corrected"))));
        // what the leading terms miss is of second order at each end
        keep_largest(worst_bound, (std::abs(truncated + tails - static_cast<double>(row.number("exact"))) - 1e-13) /
                                      (std::exp(-2 * hi) + std::exp(2 * lo)));
    }
    check_within("truncated integrals", worst, 1e-13);
    check_within("truncated integrals with tails", worst_corrected, 1e-13);
    check_within("error of the tails / (e^-2hi + e^2lo)", worst_bound, 2000);
}

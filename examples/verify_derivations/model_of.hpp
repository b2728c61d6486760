// SPDX-License-Identifier: MIT
#pragma once

// The implementation of `model` for one type of mixture.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/cdl.hpp>
#include <cdl/classifier/likelihood.hpp>

#include "../support/fast_policy.hpp"
#include "model.hpp"

namespace verify {

template <index_t D, cdl::distribution::covariance C>
class model_of final : public model {
public:
    explicit model_of(const data_set& data)
        : d_(data.d), mixture_(data.weights, data.means, shaped(data)), denoiser_(mixture_) {}

    double log_density(const numbers& z, double a) const override {
        return denoiser_.log_density(point(z), cdl::log_snr{a});
    }

    numbers eps_hat(const numbers& z, double a) const override {
        numbers result(z.size());
        denoiser_(point(z), cdl::log_snr{a}, point(result));
        return result;
    }

    numbers x_hat(const numbers& z, double a) const override {
        numbers result(z.size());
        denoiser_.posterior_mean(point(z), cdl::log_snr{a}, point(result));
        return result;
    }

    double divergence(const numbers& z, double a) const override {
        return denoiser_.divergence(point(z), cdl::log_snr{a});
    }

    numbers score_by_autodiff(const numbers& z, double a) const override {
        numbers result;
        for (std::size_t j = 0; j < z.size(); ++j) {
            const auto duals = along(z, j);
            result.push_back(denoiser_.log_density(point(duals), cdl::log_snr<dual>{dual(a)}).derivatives()(0));
        }
        return result;
    }

    numbers draw(std::uint64_t seed, index_t n) const override {
        numbers x(static_cast<std::size_t>(n * d_));
        mixture_.draw(policy_, {seed}, 0, cdl::batch_view<double, D>(x.data(), n, d_));
        return x;
    }

    numbers eps_hat_of_batch(const numbers& z, double a) const override {
        numbers result(z.size());
        denoiser_(policy_, points(z), cdl::level_view<double>(cdl::log_snr{a}),
                  cdl::batch_view<double, D>(result.data(), static_cast<index_t>(z.size()) / d_, d_));
        return result;
    }

    numbers eps_hat_at(const numbers& z, const numbers& levels) const override {
        numbers result(z.size());
        std::vector<cdl::log_snr<double>> at;
        for (const double a : levels) at.push_back({a});
        denoiser_(support::single_thread(), points(z), cdl::level_view<double>(at.data(), std::ssize(at)),
                  cdl::batch_view<double, D>(result.data(), std::ssize(at), d_));
        return result;
    }

    classified classify(const numbers& z, const noise_steps& steps) const override {
        const cdl::classifier::noise_classes classes = classes_of(steps);
        const cdl::classifier::exact classifier(denoiser_, classes);
        const auto n = static_cast<std::size_t>(classes.size());
        classified c{numbers(n), numbers(n), numbers(n)};
        for (index_t k = 1; k <= classes.size(); ++k)
            c.logits[static_cast<std::size_t>(k - 1)] = classifier.logit(point(z), k);
        classifier.log_posterior(point(z), cdl::point_view<double>(c.log_posterior.data(), classes.size()));
        for (index_t k = 1; k <= classes.size(); ++k)
            c.log_likelihood[static_cast<std::size_t>(k - 1)] = cdl::classifier::log_likelihood(
                cdl::point_view<const double>(c.log_posterior.data(), classes.size()), classes.view(), k, point(z));
        return c;
    }

    numbers ratio_gradient_by_autodiff(const numbers& z, index_t k, const noise_steps& steps) const override {
        const cdl::classifier::noise_classes classes = classes_of(steps);
        const cdl::classifier::exact classifier(denoiser_, classes);
        numbers result;
        for (std::size_t j = 0; j < z.size(); ++j) {
            const auto duals = along(z, j);
            std::vector<dual> posterior(static_cast<std::size_t>(classes.size()));
            classifier.log_posterior(point(duals), cdl::point_view<dual>(posterior.data(), classes.size()));
            result.push_back(dual(posterior.back() - posterior[static_cast<std::size_t>(k - 1)]).derivatives()(0));
        }
        return result;
    }

    numbers eps_from_classifier(const numbers& z, double a, const noise_steps& steps) const override {
        const cdl::classifier::noise_classes classes = classes_of(steps);
        numbers result(z.size());
        cdl::denoiser::from_classifier(cdl::classifier::exact(denoiser_, classes))(point(z), cdl::log_snr{a},
                                                                                   point(result));
        return result;
    }

    std::vector<estimate> nll(const numbers& x, const method& how, double zeta) const override {
        return integrate(x, how, [&](const auto& policy, const auto& x_view, const auto& rule) {
            return plain(cdl::density::nll(policy, denoiser_, x_view, cdl::log_snr{zeta}, rule));
        });
    }

    std::vector<estimate> log_density_ratio(const numbers& x, double zeta, const method& how) const override {
        return integrate(x, how, [&](const auto& policy, const auto& x_view, const auto& rule) {
            return plain(cdl::density::log_density_ratio(policy, denoiser_, x_view, cdl::log_snr{zeta}, rule));
        });
    }

    std::vector<label> noise_level(const numbers& x, double zeta, const method& how) const override {
        return integrate(x, how, [&](const auto& policy, const auto& x_view, const auto& rule) {
            std::vector<label> labels;
            for (const auto& result : cdl::classifier::noise_level(policy, denoiser_, x_view, cdl::log_snr{zeta}, rule))
                labels.push_back({result[1], result[-1], plain(result.log_density_ratio).standard_error});
            return labels;
        });
    }

    numbers squared_error(const numbers& x, double a) const override {
        if constexpr (D == cdl::dynamic) {
            throw std::logic_error("squared_error is for one and two dimensions");
        } else {
            return each_point(x, [&](const auto& x_i) {
                return cdl::density::values_of(
                    cdl::density::squared_error(support::single_thread(), denoiser_, x_i, cdl::log_snr{a}));
            });
        }
    }

private:
    using dual = Eigen::AutoDiffScalar<Eigen::Matrix<double, 1, 1>>;

    /// z with derivatives by its coordinate j.
    static std::vector<dual> along(const numbers& z, std::size_t j) {
        std::vector<dual> duals;
        for (std::size_t i = 0; i < z.size(); ++i) {
            duals.emplace_back(z[i]);
            duals.back().derivatives()(0) = i == j ? 1.0 : 0.0;
        }
        return duals;
    }

    static cdl::classifier::noise_classes<double> classes_of(const noise_steps& steps) {
        return {cdl::exec::serial{}, cdl::schedule::discrete_levels<double>::from_log_snrs(steps.levels), steps.prior};
    }

    static numbers shaped(const data_set& data) {
        if constexpr (C == cdl::distribution::covariance::full) return data.covariances;
        numbers variances;
        for (index_t k = 0; k < data.size(); ++k) variances.push_back(data.covariance(k, 0, 0));
        return variances;
    }

    template <class T>
    cdl::point_view<const T, D> point(const std::vector<T>& z) const {
        return {z.data(), d_};
    }
    template <class T>
    cdl::point_view<T, D> point(std::vector<T>& z) const {
        return {z.data(), d_};
    }
    cdl::batch_view<const double, D> points(const numbers& x) const {
        return {x.data(), static_cast<index_t>(x.size()) / d_, d_};
    }

    /// call(point)[0] for each point. One point's grid is small, so threads share the points and not the grids.
    template <class Call>
    auto each_point(const numbers& x, const Call& call) const {
        const auto all = points(x);
        using result = typename decltype(call(all))::value_type;
        std::vector<result> results(static_cast<std::size_t>(all.size()));
        policy_.for_each_index(all.size(),
                               [&](index_t i) { results[static_cast<std::size_t>(i)] = call(all.slice(i, 1))[0]; });
        return results;
    }

    /// Quadrature is for one and two dimensions, and not compiled beyond.
    template <class Call>
    auto integrate(const numbers& x, const method& how, const Call& call) const {
        if (const auto* sampling = std::get_if<cdl::density::monte_carlo>(&how))
            return call(policy_, points(x), *sampling);
        if constexpr (D == cdl::dynamic) {
            throw std::logic_error("quadrature is for one and two dimensions");
        } else {
            const auto& rule = std::get<cdl::density::quadrature>(how);
            return each_point(x, [&](const auto& x_i) { return call(support::single_thread(), x_i, rule); });
        }
    }

    static estimate plain(const cdl::density::estimate<double>& result) {
        return {result.value, result.standard_error};
    }
    static estimate plain(const cdl::density::quadrature_result<double>& result) { return {result.value, 0}; }
    template <class Result>
    static std::vector<estimate> plain(const std::vector<Result>& results) {
        std::vector<estimate> estimates;
        for (const auto& result : results) estimates.push_back(plain(result));
        return estimates;
    }

    index_t d_;
    cdl::distribution::gaussian_mixture<double, D, C> mixture_;
    cdl::denoiser::optimal<double, D, C> denoiser_;
    support::fast_policy policy_;
};

} // namespace verify

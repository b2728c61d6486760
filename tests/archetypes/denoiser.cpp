// SPDX-License-Identifier: MIT
// The least that a denoiser must offer is enough, and without any one of it the type is refused.

#include <cdl/denoiser/any_batch_denoiser.hpp>
#include <cdl/denoiser/from_network.hpp>
#include <cdl/denoiser/lift.hpp>
#include <cdl/exec/serial.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {
using cdl::log_snr;
using cdl::denoiser::batch_denoiser;
using cdl::denoiser::exact_denoiser;
using cdl::denoiser::point_denoiser;

/// The denoiser of data that is all zero: eps_hat = z / noise_scale.
struct minimal_point {
    template <class Z, class S, class E>
    void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        eps_hat[0] = S(z[0] / noise_scale(a));
    }
};
struct point_without_const {
    template <class Z, class S, class E>
    void operator()(const Z&, const log_snr<S>&, E&&) {}
};
struct point_with_memory { // not trivially copyable
    std::string weights;
    template <class Z, class S, class E>
    void operator()(const Z&, const log_snr<S>&, E&&) const {}
};
struct point_without_level {
    template <class Z, class E>
    void operator()(const Z&, E&&) const {}
};
struct point_that_takes_a_number { // a level is a log_snr
    template <class Z, class E>
    void operator()(const Z&, double, E&&) const {}
};
static_assert(point_denoiser<minimal_point, double> && point_denoiser<minimal_point, float>);
static_assert(!point_denoiser<point_without_const, double>);
static_assert(!point_denoiser<point_with_memory, double>);
static_assert(!point_denoiser<point_without_level, double>);
static_assert(!point_denoiser<point_that_takes_a_number, double>);
static_assert(!point_denoiser<int, double>);

/// With a density it is exact.
struct minimal_exact : minimal_point {
    template <class Z, class S>
    S log_density(const Z& z, const log_snr<S>& a) const {
        return S(-(z[0] * z[0]) / noise_power(a));
    }
};
struct density_alone {
    template <class Z, class S>
    S log_density(const Z&, const log_snr<S>&) const {
        return S(0);
    }
};
static_assert(exact_denoiser<minimal_exact, double>);
static_assert(!exact_denoiser<minimal_point, double> && !exact_denoiser<density_alone, double>);

/// A network: evaluates batches and keeps state.
struct minimal_batch {
    int calls = 0;
    template <class P, class Z, class E>
    void operator()(const P&, const Z&, cdl::level_view<double>, E&&) {
        ++calls;
    }
};
struct batch_without_policy {
    template <class Z, class E>
    void operator()(const Z&, cdl::level_view<double>, E&&) {}
};
struct batch_without_output {
    template <class P, class Z>
    void operator()(const P&, const Z&, cdl::level_view<double>) {}
};
static_assert(batch_denoiser<minimal_batch, cdl::exec::serial, double>);
static_assert(batch_denoiser<cdl::denoiser::lifted<minimal_point>, cdl::exec::serial, double>);
static_assert(!batch_denoiser<minimal_batch, int, double>);
static_assert(!batch_denoiser<batch_without_policy, cdl::exec::serial, double>);
static_assert(!batch_denoiser<batch_without_output, cdl::exec::serial, double>);
static_assert(!batch_denoiser<minimal_point, cdl::exec::serial, double>); // lift it

/// A network that is no template.
struct minimal_network {
    void operator()(const cdl::exec::serial&, const cdl::batch_view<const double>& input, std::span<const double> told,
                    const cdl::batch_view<double>& output) {
        for (cdl::index_t i = 0; i < input.size(); ++i) output(i, 0) = told[static_cast<std::size_t>(i)];
    }
};
struct network_without_levels {
    void operator()(const cdl::exec::serial&, const cdl::batch_view<const double>&, const cdl::batch_view<double>&) {}
};
struct network_that_returns { // its output has no place
    std::vector<double> operator()(const cdl::exec::serial&, const cdl::batch_view<const double>&,
                                   std::span<const double>) {
        return {};
    }
};
struct network_that_writes_its_input {
    void operator()(const cdl::exec::serial&, const cdl::batch_view<double>&, std::span<const double>,
                    const cdl::batch_view<double>&) {}
};
using cdl::denoiser::network;
static_assert(network<minimal_network, cdl::exec::serial, double>);
static_assert(!network<minimal_network, cdl::exec::serial, float> && !network<minimal_network, int, double>);
static_assert(!network<network_without_levels, cdl::exec::serial, double>);
static_assert(!network<network_that_returns, cdl::exec::serial, double>);
static_assert(!network<network_that_writes_its_input, cdl::exec::serial, double>);
static_assert(!network<minimal_point, cdl::exec::serial, double>);
static_assert(batch_denoiser<cdl::denoiser::from_network<double, minimal_network>, cdl::exec::serial, double>);
static_assert(batch_denoiser<cdl::denoiser::any_batch_denoiser<double>, cdl::exec::serial, double>);

} // namespace

TEST_CASE("A point denoiser of one's own is lifted to batches") {
    const std::vector<double> z{1, -2};
    std::vector<double> eps_hat(2);
    cdl::denoiser::lift(minimal_point{})(cdl::exec::serial{}, z, log_snr{0.0}, eps_hat);
    CHECK(eps_hat[1] == -2 / noise_scale(log_snr{0.0}));
}

TEST_CASE("A network and a batch denoiser of one's own become values of one type") {
    std::vector<cdl::denoiser::any_batch_denoiser<double>> several;
    several.push_back(minimal_point{});
    several.push_back(minimal_batch{});
    several.push_back(
        cdl::denoiser::from_network(cdl::exec::serial{}, cdl::denoiser::parametrisation<double>{}, minimal_network{}));
    const std::vector<double> z{1, -2};
    std::vector<double> eps_hat(2);
    for (auto& f : several) f(cdl::exec::serial{}, z, log_snr{0.5}, eps_hat);
    CHECK(eps_hat == std::vector<double>{0.5, 0.5});
}

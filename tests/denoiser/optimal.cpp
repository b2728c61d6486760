// SPDX-License-Identifier: MIT
// The optimal denoiser obeys the laws of denoisers, whatever the mixture.

#include <cdl/denoiser/optimal.hpp>

#include <laws/denoiser_laws.hpp>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using denoiser::optimal;

static_assert(denoiser::exact_denoiser<optimal<double, 2, covariance::full>, double>);
static_assert(denoiser::exact_denoiser<optimal<float, dynamic, covariance::isotropic>, float>);
static_assert(denoiser::tabulating_denoiser<optimal<double, 2, covariance::full>, exec::serial, double>);
static_assert(denoiser::batch_denoiser<optimal<double, 2, covariance::full>, exec::serial, double>);
static_assert(!std::is_constructible_v<optimal<double, 2, covariance::full>, gaussian_mixture<double, 2>&&>);

// In units of epsilon times the size of what enters.
constexpr laws::denoiser_bounds bounds{1.5, 3.5, 2, 170, 2.5}, of_random{1.5, 12, 2, 0, 2.5},
    coincident{2, 3.5, 6, 170, 0};

TEST_CASE("one-dimensional denoisers obey the laws") {
    using line = gaussian_mixture<double, 1, covariance::isotropic>;
    laws::denoiser_laws("standard normal", line({1}, {0}, {1}), {.5, .5, 2, 170, 0});
    laws::denoiser_laws("two modes", line({.5, .5}, {-5, 5}, {1, 1}), bounds);
    laws::denoiser_laws("nearly coincident modes", line({1, 2, 1}, {1, 1 + 1e-9, 1}, {.5, .5, .5 + 1e-9}), coincident);
    laws::denoiser_laws("narrow and wide", line({.2, .8}, {1, -1}, {.0625, 4}), bounds);
}

TEST_CASE("denoisers in more dimensions obey the laws") {
    laws::denoiser_laws("diagonal, 2-D",
                        gaussian_mixture<double, 2, covariance::diagonal>({1, 3}, {-2, 0, 1, 1}, {1, .2, .5, 3}),
                        bounds);
    laws::denoiser_laws("full, 2-D",
                        gaussian_mixture<double, 2>({.3, .7}, {-2, 1, 1.5, 0}, {1, .5, .5, 1, .3, 0, 0, .2}), bounds);
    laws::denoiser_laws("isotropic, 3-D",
                        gaussian_mixture<double, dynamic, covariance::isotropic>({1, 1}, {-2, 1, 0, 1, 1, 1}, {.5, 2}),
                        {.8, 3.5, 2, 0, 0});
    laws::denoiser_laws("nearly singular, 2-D", gaussian_mixture<double, 2>({1}, {0, 0}, {1, .999, .999, 1}), bounds);
    for (const index_t d : {2, 3, 5})
        laws::denoiser_laws("random, " + std::to_string(d) + "-D", laws::random_parameters(d, 4, 5).mixture(),
                            of_random);
}

TEST_CASE("rotated, moved, reordered and split mixtures have the rotated denoiser") {
    for (const index_t d : {1, 2, 3, 5})
        test::check_within("equivariance, " + std::to_string(d) + "-D",
                           laws::equivariance_error(laws::random_parameters(d, 4, 17), 23), bounds.equivariance);
}

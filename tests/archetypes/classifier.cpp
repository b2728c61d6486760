// SPDX-License-Identifier: MIT
// The least that a noise classifier must offer is enough, and without any one of it the type is refused.

#include <cdl/denoiser/from_classifier.hpp>
#include <cdl/denoiser/lift.hpp>
#include <cdl/exec/serial.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {
using cdl::index_t;
using cdl::log_snr;
using cdl::denoiser::from_batch_classifier;
using cdl::denoiser::from_classifier;
using cdl::denoiser::noise_classifier;
using cdl::denoiser::point_denoiser;
using cdl::denoiser::sorted_levels;

/// The classifier of data that is all zero: log p(t | z) = -z^2 / (2 N^2) + ..., F = z^2 / 2 (1 / N^2 - 1).
struct minimal {
    sorted_levels<double> table;
    sorted_levels<double> levels() const { return table; }
    template <class Z, class Out>
    void ratio_gradient(const Z& z, index_t step, Out&& out) const {
        const double power = noise_power(table[step - 1]);
        out[0] = z[0] / power - z[0];
    }
};
struct without_levels {
    template <class Z, class Out>
    void ratio_gradient(const Z&, index_t, Out&&) const {}
};
struct with_a_count_of_levels : without_levels {
    index_t levels() const { return 3; }
};
struct without_gradient {
    sorted_levels<double> table;
    sorted_levels<double> levels() const { return table; }
};
struct without_const : without_gradient {
    template <class Z, class Out>
    void ratio_gradient(const Z&, index_t, Out&&) {}
};
struct that_takes_a_level : without_gradient { // steps are numbers of a table
    template <class Z, class Out>
    void ratio_gradient(const Z&, log_snr<double>, Out&&) const {}
};
struct with_memory : minimal { // not trivially copyable
    std::string weights;
};
static_assert(noise_classifier<minimal, double>);
static_assert(point_denoiser<from_classifier<minimal>, double>);
static_assert(!noise_classifier<minimal, float>); // its levels are double
static_assert(!noise_classifier<without_levels, double>);
static_assert(!noise_classifier<with_a_count_of_levels, double>);
static_assert(!noise_classifier<without_gradient, double>);
static_assert(!noise_classifier<without_const, double>);
static_assert(!noise_classifier<that_takes_a_level, double>);
static_assert(!noise_classifier<with_memory, double>);
static_assert(!point_denoiser<from_classifier<without_gradient>, double>);

/// What a network with input gradients offers; state is allowed.
struct minimal_batch {
    int calls = 0;
    template <class P, class Z, class Out>
    void operator()(const P&, const Z& z, std::span<const index_t> steps, const Out& out) {
        ++calls;
        for (index_t i = 0; i < z.size(); ++i) out(i, 0) = static_cast<double>(steps[static_cast<std::size_t>(i)]);
    }
};
static_assert(cdl::denoiser::batch_denoiser<from_batch_classifier<double, minimal_batch>, cdl::exec::serial, double>);

} // namespace

TEST_CASE("A classifier of one's own is a denoiser: of points and of batches") {
    const std::vector<log_snr<double>> table{{2.}, {0.}, {-1.}};
    const std::vector<double> z{1, -2};
    std::vector<double> eps_hat(2);
    cdl::denoiser::lift(from_classifier(minimal{table}))(cdl::exec::serial{}, z, log_snr{0.1}, eps_hat);
    CHECK(eps_hat[1] == doctest::Approx(-2 / noise_scale(log_snr{0.})));

    from_batch_classifier batches(cdl::exec::serial{}, table, minimal_batch{});
    const std::vector<log_snr<double>> levels{{9.}, {-0.9}};
    batches(cdl::exec::serial{}, z, cdl::level_view<double>(levels), eps_hat);
    CHECK(eps_hat[0] == doctest::Approx(noise_scale(table[0]) * (1 + 1)));  // step 1
    CHECK(eps_hat[1] == doctest::Approx(noise_scale(table[2]) * (3 - 2.))); // step 3
}

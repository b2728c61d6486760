// SPDX-License-Identifier: MIT
// Every state on the way from noise to data, against trajectories that were computed with 45 digits.

#include <cdl/random/recorded_noise.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/heun.hpp>

#include "distribution/golden_mixtures.hpp"
#include "sampler/testing.hpp"
#include "support/ulp.hpp"

using namespace cdl;

namespace {

/// A column of numbers of one trajectory.
std::vector<long double> column(const test::golden& rows, const std::string& quantity) {
    std::vector<long double> numbers;
    for (const auto& row : rows.where("quantity", quantity)) {
        REQUIRE(row.integer("i") == static_cast<index_t>(numbers.size()));
        numbers.push_back(row.number(row.has("hex") ? "hex" : "value"));
    }
    return numbers;
}

test::golden trajectory(const std::string& sampler, int run) {
    return test::golden("h_trajectories.csv").where("sampler", sampler).where("run", std::to_string(run));
}

distribution::gaussian_mixture<double, 1> two_modes() {
    return test::golden_mixture("two_1d").make<double, 1, distribution::covariance::full>();
}

/// Keeps what an observer sees of one point of one coordinate.
struct recorder {
    std::vector<double>& states;
    std::vector<double>& levels;
    template <class T, class Z>
    void operator()(index_t k, log_snr<T> level, const Z& z) const {
        CHECK(k == static_cast<index_t>(states.size()));
        states.push_back(z(0, 0));
        levels.push_back(level.value);
    }
};

/// The largest error of a run from want[0], relative to the larger of the state and 1. States are z / scale(k).
template <class Method, class N, class Scale>
void check_states(const std::string& name, const Method& method, const std::vector<double>& levels, const N& noise,
                  const std::vector<long double>& want, const Scale& scale) {
    CAPTURE(name);
    const auto mixture = two_modes();
    std::vector<double> z{static_cast<double>(want[0] * scale(0))}, states, seen;
    sampler::run(exec::serial{}, method, denoiser::optimal(mixture), test::grid_of(levels), z, noise,
                 recorder{states, seen});
    REQUIRE(states.size() == want.size());
    CHECK(seen == levels);
    test::worst_error worst(name);
    for (std::size_t k = 0; k < want.size(); ++k)
        worst.see(static_cast<double>(std::fabs(static_cast<long double>(states[k]) / scale(k) - want[k]) /
                                      std::fmax(1.0L, std::fabs(want[k]))),
                  "state " + std::to_string(k));
    INFO(worst.text());
    CHECK(worst.value() <= 1e-12);
    CHECK(states.back() == z[0]);
}

std::vector<double> narrowed(const std::vector<long double>& numbers) {
    std::vector<double> narrow;
    for (const long double v : numbers) narrow.push_back(static_cast<double>(v));
    return narrow;
}

constexpr auto as_it_is = [](std::size_t) { return 1.0L; };
} // namespace

TEST_CASE("DDIM passes through the golden states") {
    for (int run = 0; run < 3; ++run) {
        const auto rows = trajectory("ddim", run);
        check_states("ddim", sampler::ddim{}, narrowed(column(rows, "alpha")), test::no_noise{}, column(rows, "x"),
                     as_it_is);
    }
}

TEST_CASE("Ancestral sampling passes through the golden states when it is given their noise") {
    for (int run = 0; run < 3; ++run) {
        const auto rows = trajectory("ancestral", run);
        const auto levels = narrowed(column(trajectory("ddim", run), "alpha")); // shared
        const auto noise = narrowed(column(rows, "noise"));
        REQUIRE(noise.size() == levels.size() - 1);
        const random::recorded_noise recorded(as_batch(noise), 1);
        check_states("ancestral", sampler::ancestral{}, levels, recorded, column(rows, "x"), as_it_is);
        check_states("ddim 1", sampler::ddim{1}, levels, recorded, column(rows, "x"), as_it_is);
    }
}

TEST_CASE("The samplers of EDM pass through the golden states, z being signal_scale times theirs") {
    for (int run = 0; run < 2; ++run) {
        for (const bool second_order : {true, false}) {
            const auto rows = trajectory(second_order ? "edm_heun" : "edm_euler", run);
            const auto sigmas = column(rows, "sigma");
            std::vector<double> levels;
            for (const long double sigma : sigmas) levels.push_back(static_cast<double>(-2 * std::log(sigma)));
            REQUIRE(levels.back() == test::infinite);
            const auto scale = [&](std::size_t k) { return 1 / std::sqrt(1 + sigmas[k] * sigmas[k]); };
            if (second_order)
                check_states("edm_heun", sampler::heun{}, levels, test::no_noise{}, column(rows, "x"), scale);
            else
                check_states("edm_euler", sampler::ddim{}, levels, test::no_noise{}, column(rows, "x"), scale);
        }
    }
}

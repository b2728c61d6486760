// SPDX-License-Identifier: MIT
// Every state on the way from noise to data, against trajectories that were computed with 45 digits.

#include <cdl/random/recorded_noise.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/heun.hpp>

#include "distribution/golden_mixtures.hpp"
#include "sampler/testing.hpp"
#include "support/scalars.hpp"
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

template <class T>
distribution::gaussian_mixture<T, 1> two_modes() {
    return test::golden_mixture("two_1d").make<T, 1, distribution::covariance::full>();
}

/// How far a state may be off, relative to the larger of itself and 1: floats have their levels rounded, too.
template <class T>
constexpr double bound = std::is_same_v<T, float>    ? 2e-5
                         : std::is_same_v<T, double> ? 1e-12
                                                     : 1e-16;

template <class T>
std::vector<T> numbers_of(const std::vector<long double>& wide) {
    std::vector<T> numbers;
    for (const long double v : wide) numbers.push_back(static_cast<T>(v));
    return numbers;
}

/// The largest error of a run from want[0], at every level, observed. States are z / scale(k).
template <class T, class Method, class N, class Scale>
void check_states(const std::string& name, const Method& method, const std::vector<long double>& levels, const N& noise,
                  const std::vector<long double>& want, const Scale& scale) {
    CAPTURE(name);
    const auto mixture = two_modes<T>();
    std::vector<log_snr<T>> grid;
    for (const T a : numbers_of<T>(levels)) grid.push_back({a});
    std::vector<T> z{static_cast<T>(want[0] * scale(0))};
    test::worst_error worst(name + " " + test::scalar_name<T>());
    index_t next = 0;
    sampler::run(exec::serial{}, method, denoiser::optimal(mixture), grid, z, noise,
                 [&](index_t k, log_snr<T> level, const auto& points) {
                     REQUIRE(k == next++);
                     const auto i = static_cast<std::size_t>(k);
                     CHECK(level == grid[i]);
                     const auto state = static_cast<long double>(points(0, 0)) / scale(i);
                     worst.see(static_cast<double>(std::fabs(state - want[i]) / std::fmax(1.0L, std::fabs(want[i]))),
                               "state " + std::to_string(k));
                 });
    REQUIRE(next == static_cast<index_t>(want.size()));
    INFO(worst.text());
    CHECK(worst.value() <= bound<T>);
}

constexpr auto as_it_is = [](std::size_t) { return 1.0L; };
} // namespace

TEST_CASE_TEMPLATE("DDIM passes through the golden states", T, float, double, long double) {
    for (int run = 0; run < 3; ++run) {
        const auto rows = trajectory("ddim", run);
        check_states<T>("ddim", sampler::ddim{}, column(rows, "alpha"), test::no_noise{}, column(rows, "x"), as_it_is);
    }
}

TEST_CASE_TEMPLATE("Ancestral sampling passes through the golden states when it is given their noise", T, float, double,
                   long double) {
    for (int run = 0; run < 3; ++run) {
        const auto rows = trajectory("ancestral", run);
        const auto levels = column(trajectory("ddim", run), "alpha"); // shared
        const auto noise = numbers_of<T>(column(rows, "noise"));
        REQUIRE(noise.size() == levels.size() - 1);
        const random::recorded_noise recorded(as_batch(noise), 1);
        check_states<T>("ancestral", sampler::ancestral{}, levels, recorded, column(rows, "x"), as_it_is);
        check_states<T>("ddim 1", sampler::ddim{1}, levels, recorded, column(rows, "x"), as_it_is);
    }
}

TEST_CASE_TEMPLATE("The samplers of EDM pass through the golden states, z being signal_scale times theirs", T, float,
                   double, long double) {
    for (int run = 0; run < 2; ++run)
        for (const bool second_order : {true, false}) {
            const auto rows = trajectory(second_order ? "edm_heun" : "edm_euler", run);
            const auto sigmas = column(rows, "sigma");
            std::vector<long double> levels;
            for (const long double sigma : sigmas) levels.push_back(-2 * std::log(sigma));
            REQUIRE(std::isinf(levels.back()));
            const auto scale = [&](std::size_t k) { return 1 / std::sqrt(1 + sigmas[k] * sigmas[k]); };
            if (second_order)
                check_states<T>("edm_heun", sampler::heun{}, levels, test::no_noise{}, column(rows, "x"), scale);
            else
                check_states<T>("edm_euler", sampler::ddim{}, levels, test::no_noise{}, column(rows, "x"), scale);
        }
}

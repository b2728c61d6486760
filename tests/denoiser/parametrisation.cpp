// SPDX-License-Identifier: MIT
// What networks are shown, told and predict: against the definitions in long double, against the conversions of predictions,
// against EDM's table, at the ends, and the slopes against differences.

#include <cdl/denoiser/parametrisation.hpp>
#include <cdl/denoiser/prediction.hpp>

#include "denoiser/network_conventions.hpp"

#include <type_traits>

using namespace cdl;
using denoiser::level_rule, denoiser::network_terms, denoiser::sorted_levels;
using test::check_within, test::error_in_epsilon, test::for_each_convention, test::keep_largest, test::name_of;
using test::parametrisation, test::predicts, test::shown, test::told;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

static_assert(std::is_trivially_copyable_v<parametrisation<float>>); // it goes into the bodies of loops
static_assert(parametrisation<double>::edm().sigma_data == 0.5);

template <class T>
std::string bits() {
    return std::to_string(8 * sizeof(T)) + " bits / epsilon";
}

template <class T>
std::vector<T> some_levels() {
    std::vector<T> levels;
    for (int k = -320; k <= 320; ++k) levels.push_back(static_cast<T>(k) / 4);
    return levels;
}

/// D = c_skip y + c_out F and c_noise of Karras et al. 2022, table 1, column "Ours".
struct edm_table {
    long double c_skip, c_out, c_in, c_noise;

    edm_table(long double sigma, long double s)
        : c_skip(s * s / (sigma * sigma + s * s)), c_out(sigma * s / std::sqrt(s * s + sigma * sigma)),
          c_in(1 / std::sqrt(s * s + sigma * sigma)), c_noise(std::log(sigma) / 4) {}
};

} // namespace

TEST_CASE_TEMPLATE("the factors are those of their definitions in long double", T, float, double) {
    double worst = 0;
    for_each_convention<T>([&](const auto& convention) {
        for (const T a : some_levels<T>()) {
            const auto got = convention.terms(log_snr{a});
            const auto s = test::wide(static_cast<T>(convention.sigma_data));
            const auto want = test::true_terms(convention.output, convention.input, s, test::wide(a));
            keep_largest(worst, error_in_epsilon(got.input, want.input, want.input));
            keep_largest(worst, error_in_epsilon(got.of_z, want.of_z, want.of_z));
            keep_largest(worst, error_in_epsilon(got.of_output, want.of_output, want.of_output));
        }
    });
    check_within("factors of conventions, " + bits<T>(), worst, 8);
}

TEST_CASE_TEMPLATE("each prediction becomes the eps_hat of its conversion", T, float, double) {
    double worst = 0;
    for (const T a : some_levels<T>())
        for (const T z : {T(-3), T(0.7)})
            for (const T said : {T(-1.5), T(0.125)}) {
                const log_snr level{a};
                const auto see = [&](predicts output, shown input, T want) {
                    const auto f = parametrisation<T>{.output = output, .input = input}.terms(level);
                    const long double size =
                        std::abs(test::wide(f.of_z * z)) + std::abs(test::wide(f.of_output * said));
                    keep_largest(worst, error_in_epsilon(T(f.of_z * z + f.of_output * said), test::wide(want), size));
                };
                for (const auto input : test::all_shown) {
                    see(predicts::eps, input, said);
                    see(predicts::x, input, denoiser::eps_from_x(z, said, level));
                    see(predicts::v, input, denoiser::eps_from_v(z, said, level));
                    see(predicts::edm, input, denoiser::eps_from_v(z, T(-said), level)); // F = -v at sigma_data = 1
                    // d y / d z = 1 / S, so the score in y is S times the score in z
                    const T score = input == shown::z ? said : T(said / signal_scale(level));
                    see(predicts::score, input, denoiser::eps_from_score(score, level));
                }
                const T shown_y = T(parametrisation<T>{.input = shown::y}.terms(level).input * z);
                keep_largest(worst,
                             error_in_epsilon(shown_y, test::wide(denoiser::edm_input(z, level)), test::wide(shown_y)));
            }
    check_within("conventions against conversions, " + bits<T>(), worst, 8);
}

TEST_CASE_TEMPLATE("EDM's preconditioning is that of its paper", T, float, double) {
    double worst = 0;
    for (const double sigma_data : {0.1, 0.5, 1.0, 3.0})
        for (T a = T(-24); a <= T(5); a += T(0.25)) { // y - D loses the digits of long double where sigma is small
            const auto convention = parametrisation<T>::edm(sigma_data);
            CHECK((convention.input == shown::scaled_y && convention.level == told::edm_c_noise));
            const long double sigma = std::exp(-test::wide(a) / 2), S = 1 / std::sqrt(1 + sigma * sigma);
            const edm_table paper(sigma, test::wide(static_cast<T>(sigma_data)));
            const auto f = convention.terms(log_snr{a});
            for (const T z : {T(-3), T(0.7)})
                for (const T F : {T(-1.5), T(0.125)}) {
                    const long double y = test::wide(z) / S, D = paper.c_skip * y + paper.c_out * test::wide(F);
                    const long double size = std::abs(test::wide(f.of_z * z)) + std::abs(test::wide(f.of_output * F));
                    keep_largest(worst, error_in_epsilon(T(f.of_z * z + f.of_output * F), (y - D) / sigma, size));
                    keep_largest(worst, error_in_epsilon(T(f.input * z), paper.c_in * y, paper.c_in * y));
                }
            keep_largest(worst, error_in_epsilon(convention.told_at(log_snr{a}), paper.c_noise, paper.c_noise));
        }
    check_within("EDM's table 1, " + bits<T>(), worst, 8);
}

TEST_CASE_TEMPLATE("at infinite levels the factors are limits, infinite only where they must be", T, float, double) {
    const auto terms = [](predicts output, shown input, log_snr<T> a) {
        return parametrisation<T>{.output = output, .input = input, .sigma_data = 0.5}.terms(a);
    };
    const auto same = [](const network_terms<T>& got, double input, double of_z, double of_output) {
        return got.input == T(input) && got.of_z == T(of_z) && got.of_output == T(of_output);
    };
    const auto clean_level = clean<T>(), noise_level = pure_noise<T>();
    CHECK(same(terms(predicts::eps, shown::z, clean_level), 1, 0, 1));
    CHECK(same(terms(predicts::eps, shown::z, noise_level), 1, 0, 1));
    CHECK(same(terms(predicts::eps, shown::y, clean_level), 1, 0, 1));
    CHECK(same(terms(predicts::eps, shown::y, noise_level), infinity, 0, 1));
    CHECK(same(terms(predicts::eps, shown::scaled_y, clean_level), 2, 0, 1));
    CHECK(same(terms(predicts::eps, shown::scaled_y, noise_level), 1, 0, 1));
    CHECK(same(terms(predicts::x, shown::z, clean_level), 1, infinity, -infinity));
    CHECK(same(terms(predicts::x, shown::z, noise_level), 1, 1, 0));
    CHECK(same(terms(predicts::v, shown::z, clean_level), 1, 0, 1));
    CHECK(same(terms(predicts::v, shown::z, noise_level), 1, 1, 0));
    CHECK(same(terms(predicts::score, shown::z, clean_level), 1, 0, 0));
    CHECK(same(terms(predicts::score, shown::z, noise_level), 1, 0, -1));
    CHECK(same(terms(predicts::score, shown::y, clean_level), 1, 0, 0));
    CHECK(same(terms(predicts::score, shown::scaled_y, noise_level), 1, 0, -infinity));
    CHECK(same(terms(predicts::edm, shown::scaled_y, clean_level), 2, 0, -1));
    CHECK(same(terms(predicts::edm, shown::scaled_y, noise_level), 1, 1, 0));
}

TEST_CASE_TEMPLATE("the slopes are those of the factors by differences", T, float, double) {
    double worst = 0;
    for_each_convention<T>([&](const auto& convention) {
        const long double s = test::wide(static_cast<T>(convention.sigma_data));
        for (const T a : some_levels<T>()) {
            if (T(72) < std::abs(a)) continue; // differences reach beyond a
            const auto got = convention.term_slopes(log_snr{a});
            const auto at = [&](long double b) { return test::true_terms(convention.output, convention.input, s, b); };
            const auto f = at(test::wide(a));
            const long double sigma2 = std::exp(-test::wide(a)), N = std::sqrt(sigma2 / (1 + sigma2));
            const auto see = [&](T slope, auto member, long double size) {
                const long double want = test::derivative([&](long double b) { return at(b).*member; }, test::wide(a));
                // a difference cannot say more than the digits of the factor
                const long double blur = std::abs(f.*member) * 2e-17L / static_cast<long double>(test::epsilon<T>);
                keep_largest(worst, error_in_epsilon(slope, want, std::max({std::abs(want), size, blur})));
            };
            see(got.input, &network_terms<long double>::input, 0);
            see(got.of_z, &network_terms<long double>::of_z,
                convention.output == predicts::edm ? N / (1 + sigma2) / (sigma2 / (1 + sigma2) + s * s / (1 + sigma2))
                                                   : 0);
            see(got.of_output, &network_terms<long double>::of_output, 0);
        }
    });
    check_within("slopes of conventions, " + bits<T>(), worst, 8);
}

TEST_CASE("at infinite levels the slopes are limits") {
    for (const auto a : {clean<double>(), pure_noise<double>()}) {
        for (const auto output : {predicts::eps, predicts::v, predicts::score, predicts::edm}) {
            const auto got = parametrisation<double>{.output = output, .sigma_data = 0.5}.term_slopes(a);
            CHECK((got.input == 0 && got.of_z == 0 && got.of_output == 0));
        }
        CHECK(parametrisation<double>{.input = shown::scaled_y, .sigma_data = 0.5}.term_slopes(a).input == 0);
    }
    CHECK(parametrisation<double>{.output = predicts::x}.term_slopes(pure_noise<double>()).of_z == 0);
    CHECK(parametrisation<double>{.output = predicts::x}.term_slopes(clean<double>()).of_z == infinity);
    CHECK(parametrisation<double>{.input = shown::y}.term_slopes(pure_noise<double>()).input == -infinity);
}

TEST_CASE_TEMPLATE("the level is told as it is meant, with its slope", T, float, double) {
    double worst = 0;
    for (const T a : some_levels<T>()) {
        const auto see = [&](told level, const auto& truth) {
            const parametrisation<T> convention{.level = level};
            const long double want = truth(test::wide(a)), slope = test::derivative(truth, test::wide(a));
            keep_largest(worst, error_in_epsilon(convention.told_at(log_snr{a}), want, want));
            keep_largest(worst, error_in_epsilon(convention.told_slope(log_snr{a}), slope, slope));
        };
        see(told::log_snr, [](long double b) { return b; });
        see(told::edm_sigma, [](long double b) { return std::exp(-b / 2); });
        see(told::edm_c_noise, [](long double b) { return std::log(std::exp(-b / 2)) / 4; });
    }
    check_within("what is told, " + bits<T>(), worst, 4);
    CHECK(parametrisation<T>{.level = told::edm_sigma}.told_at(clean<T>()) == 0);
    CHECK(parametrisation<T>{.level = told::edm_sigma}.told_at(pure_noise<T>()) == T(infinity));
    CHECK(parametrisation<T>{.level = told::edm_c_noise}.told_at(clean<T>()) == T(-infinity));
}

TEST_CASE("a step is told by its number in the table, counted from any first one") {
    const std::vector<log_snr<double>> table{{6.}, {4.}, {2.}, {0.}, {-2.}};
    const auto ddpm = parametrisation<double>::ddpm(table);
    CHECK((ddpm.output == predicts::eps && ddpm.input == shown::z && ddpm.level == told::step));
    for (int k = 0; k < 5; ++k) CHECK(ddpm.told_at(table[static_cast<std::size_t>(k)]) == k);
    CHECK(ddpm.told_at(log_snr{3.5}) == 1);
    CHECK(ddpm.told_at(clean<double>()) == 0);
    CHECK(ddpm.told_at(pure_noise<double>()) == 4);
    CHECK(ddpm.told_slope(log_snr{3.5}) == 0);
    auto from_one = ddpm;
    from_one.first_step = 1;
    CHECK(from_one.told_at(log_snr{4.}) == 2);
    from_one.rule = level_rule::cleaner;
    CHECK(from_one.told_at(log_snr{2.5}) == 2);
    from_one.rule = level_rule::noisier;
    CHECK(from_one.told_at(log_snr{3.5}) == 3);
    // the factors are those of the level itself, not of the step's
    from_one.output = predicts::v;
    CHECK(from_one.terms(log_snr{3.5}).of_z == noise_scale(log_snr{3.5}));
}

TEST_CASE("settings that are not possible are refused") {
    const auto refused = [](const auto& convention) { return test::refusal([&] { convention.check("where"); }); };
    CHECK(refused(parametrisation<double>{}).empty());
    CHECK(refused(parametrisation<double>{.sigma_data = 0}) ==
          "where: sigma_data: must be positive and finite, and so its square; got 0");
    CHECK(refused(parametrisation<double>{.sigma_data = -1}) ==
          "where: sigma_data: must be positive and finite, and so its square; got -1");
    CHECK(refused(parametrisation<double>{.sigma_data = infinity}) ==
          "where: sigma_data: must be positive and finite, and so its square; got inf");
    CHECK(refused(parametrisation<double>{.sigma_data = std::nan("")}).find("sigma_data") != std::string::npos);
    CHECK(refused(parametrisation<float>{.sigma_data = 1e-30}).find("its square; got 1e-30") != std::string::npos);
    CHECK(refused(parametrisation<float>{.sigma_data = 1e30}).find("its square; got 1e+30") != std::string::npos);
    CHECK(refused(parametrisation<double>{.sigma_data = 1e-30}).empty());
    CHECK(refused(parametrisation<double>{.level = told::step}) ==
          "where: steps: must be given where steps are told; got none");
}

// SPDX-License-Identifier: MIT
// Networks as denoisers: exact ones of every convention give back the exact eps_hat, cotangents are those of differences, and what
// does not fit is refused.

#include <cdl/denoiser/from_network.hpp>
#include <cdl/denoiser/network_pull_back.hpp>
#include <cdl/denoiser/optimal.hpp>

#include "denoiser/network_conventions.hpp"

#include <array>
#include <functional>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using denoiser::from_network;
using test::check_within, test::error_in_epsilon, test::keep_largest, test::name_of;
using test::parametrisation, test::predicts, test::shown, test::told;

namespace {

using exact_mixture = gaussian_mixture<long double, dynamic, covariance::isotropic>;

exact_mixture mixture_in(index_t d) {
    std::vector<long double> means;
    for (index_t j = 0; j < 2 * d; ++j) means.push_back(j < d ? -1.5L + 0.5L * j : 1 - 0.25L * j);
    return {{1, 2}, means, {0.5L, 1}};
}

/// The exact denoiser behind the interface of a network: works out z and a from what it is shown and told, and says what its
/// convention says, by the definitions of the papers, in long double.
template <class T>
struct exact_network {
    parametrisation<T> convention;
    const exact_mixture* data;
    int calls = 0;

    long double level_of(T number) const {
        const long double n = test::wide(number);
        switch (convention.level) {
        case told::log_snr:
            return n;
        case told::edm_sigma:
            return -2 * std::log(n);
        case told::edm_c_noise:
            return -8 * n;
        case told::step:
            break;
        }
        return test::wide((*convention.steps)[static_cast<index_t>(number) - convention.first_step].value);
    }

    template <class P, class In, class Out>
    void operator()(const P&, const In& input, std::span<const T> numbers, const Out& output) {
        ++calls;
        const index_t d = input.dim();
        const denoiser::optimal exact(*data);
        std::vector<long double> z(static_cast<std::size_t>(d)), eps_hat(z.size());
        for (index_t i = 0; i < input.size(); ++i) {
            const long double a = level_of(numbers[static_cast<std::size_t>(i)]), sigma = std::exp(-a / 2);
            const long double S = 1 / std::sqrt(1 + sigma * sigma), N = sigma * S,
                              s = test::wide(convention.sigma_data);
            const long double c_in = 1 / std::sqrt(sigma * sigma + s * s);
            const long double scale = convention.input == shown::z ? 1 : convention.input == shown::y ? S : S / c_in;
            for (index_t j = 0; j < d; ++j) z[static_cast<std::size_t>(j)] = scale * test::wide(input(i, j));
            exact(point_view<const long double>(z.data(), d), log_snr{a}, point_view<long double>(eps_hat.data(), d));
            for (index_t j = 0; j < d; ++j) {
                const long double e = eps_hat[static_cast<std::size_t>(j)], at = z[static_cast<std::size_t>(j)];
                const long double x = (at - N * e) / S, score = -e / N;
                const long double F = (x - s * s * c_in * c_in * at / S) / (sigma * s * c_in);
                const long double said[]{e, x, S * e - N * x, convention.input == shown::z ? score : S * score, F};
                output(i, j) = static_cast<T>(said[static_cast<int>(convention.output)]);
            }
        }
    }
};

template <class T>
std::vector<log_snr<T>> table_of_levels() { // from clean to noisy, as steps run
    std::vector<log_snr<T>> table;
    for (int k = 24; k >= -24; --k) table.push_back({static_cast<T>(k) / 2});
    return table;
}

/// Points of a batch with gaps between coordinates and points, or without.
template <class T>
struct gapped {
    std::vector<T> numbers;
    batch_view<T, dynamic, strided> view;

    gapped(index_t n, index_t d, bool gaps)
        : numbers(static_cast<std::size_t>(n * (2 * d + 3)), T(-77)),
          view(numbers.data(), n, d, gaps ? 2 * d + 3 : d, gaps ? 2 : 1) {}
};

template <class T>
void fill(const batch_view<T, dynamic, strided>& batch, std::uint64_t seed) {
    for (index_t i = 0; i < batch.size(); ++i)
        for (index_t j = 0; j < batch.dim(); ++j)
            batch(i, j) = static_cast<T>(random::normal({seed, random::purpose::user}, 0, i, j));
}

/// Does nothing.
struct silent {
    void operator()(const auto&...) const {}
};

static_assert(denoiser::batch_denoiser<from_network<double, silent>, exec::serial, double>);
static_assert(denoiser::batch_denoiser<from_network<float, silent>, exec::serial, float>);
static_assert(!denoiser::batch_denoiser<from_network<float, silent>, exec::serial, double>);
static_assert(std::is_copy_constructible_v<from_network<double, silent>>);

} // namespace

TEST_CASE_TEMPLATE("an exact network of any convention gives back the exact eps_hat", T, float, double) {
    const auto table = table_of_levels<T>();
    double worst = 0;
    for (const index_t d : {1, 2, 3}) {
        const auto data = mixture_in(d);
        const denoiser::optimal exact(data);
        const auto n = static_cast<index_t>(table.size());
        gapped<T> z(n, d, d == 3), eps_hat(n, d, d == 3);
        fill(z.view, 5);
        for (const auto output : test::all_predictions)
            for (const auto input : test::all_shown)
                for (const auto level : test::all_told)
                    for (const double sigma_data : {0.5, 1.0}) {
                        const parametrisation<T> convention{.output = output,
                                                            .level = level,
                                                            .input = input,
                                                            .sigma_data = sigma_data,
                                                            .steps = denoiser::sorted_levels<T>(table),
                                                            .first_step = 1};
                        from_network f(exec::serial{}, convention, exact_network<T>{convention, &data});
                        f(exec::serial{}, z.view, table, eps_hat.view);
                        double here = 0;
                        for (index_t i = 0; i < n; ++i) {
                            const log_snr<long double> a{test::wide(table[static_cast<std::size_t>(i)].value)};
                            std::vector<long double> at(static_cast<std::size_t>(d)), want(at.size());
                            for (index_t j = 0; j < d; ++j) at[static_cast<std::size_t>(j)] = test::wide(z.view(i, j));
                            exact(at, a, want);
                            const auto terms = test::true_terms(output, input, test::wide(sigma_data), a.value);
                            for (index_t j = 0; j < d; ++j) {
                                const long double e = want[static_cast<std::size_t>(j)],
                                                  z_j = std::abs(at[static_cast<std::size_t>(j)]);
                                // the products that are rounded, and what roundings of z and sigma on the way in move
                                const long double size = 2 * std::abs(terms.of_z) * z_j + std::abs(e) + z_j + 1;
                                keep_largest(here, error_in_epsilon(eps_hat.view(i, j), e, size));
                            }
                        }
                        CHECK_MESSAGE(here <= 4, name_of(convention), ", d = ", d, ": ", here);
                        keep_largest(worst, here);
                    }
    }
    check_within("exact networks, " + std::to_string(8 * sizeof(T)) + " bits / epsilon", worst, 4);
}

TEST_CASE("all policies and batch shapes give what serial gives, bit for bit") {
    const auto data = mixture_in(2);
    const auto table = table_of_levels<double>();
    const parametrisation<double> convention{
        .output = predicts::edm, .level = told::edm_sigma, .input = shown::scaled_y, .sigma_data = 0.5};
    for (const index_t n : {0, 1, 7, 65})
        for (const bool common : {false, true}) {
            std::vector<log_snr<double>> own;
            for (index_t i = 0; i < n; ++i) own.push_back(table[static_cast<std::size_t>(i) % table.size()]);
            const level_view<double> levels = common ? level_view<double>(log_snr{1.5}) : level_view<double>(own);
            gapped<double> z(n, 2, false), spread(n, 2, true), want(n, 2, false);
            fill(z.view, 6), fill(spread.view, 6);
            from_network serial(exec::serial{}, convention, exact_network<double>{convention, &data});
            serial(exec::serial{}, z.view, levels, want.view);
            test::for_each_policy([&](const std::string& name, const auto& policy) {
                CAPTURE(name);
                from_network f(policy, convention, exact_network<double>{convention, &data});
                gapped<double> got(n, 2, true);
                f(policy, spread.view, levels, got.view);
                std::size_t untouched = 0;
                for (const double v : got.numbers) untouched += v == -77 ? 1u : 0u;
                CHECK(untouched == got.numbers.size() - static_cast<std::size_t>(2 * n));
                for (index_t i = 0; i < n; ++i)
                    for (index_t j = 0; j < 2; ++j) CHECK(test::same_bits(got.view(i, j), want.view(i, j)));
            });
        }
}

TEST_CASE("memory grows, a copy has its own, and a network that is shared is one") {
    const auto data = mixture_in(1);
    const parametrisation<double> convention{.output = predicts::v};
    exact_network<double> network{convention, &data};
    from_network f(exec::serial{}, convention, std::ref(network));
    auto copy = f;
    for (const std::size_t n : {7u, 65u, 3u, 0u}) {
        std::vector<double> z(n, 0.25), here(n), there(n), later(n);
        f(exec::serial{}, z, log_snr{0.5}, here);
        copy(exec::serial{}, z, log_snr{0.5}, there);
        copy = f; // after both have memory
        copy(exec::serial{}, z, log_snr{0.5}, later);
        CHECK((here == there && here == later));
    }
    CHECK(network.calls == 9); // not for n = 0
    auto moved = std::move(f);
    std::vector<double> z(9, 0.25), here(9), there(9);
    moved(exec::serial{}, z, log_snr{0.5}, here);
    f(exec::serial{}, z, log_snr{0.5}, there); // what is left has no memory, and takes some
    CHECK((here == there));
    CHECK(f.convention().output == predicts::v);
}

TEST_CASE("at infinite levels eps_hat is what the convention says") {
    const auto says_two = [](const auto&, const auto& input, auto, const auto& output) {
        for (index_t i = 0; i < input.size(); ++i) output(i, 0) = 2;
    };
    const auto at = [&](predicts output, log_snr<double> a) {
        from_network f(exec::serial{}, parametrisation<double>{.output = output, .sigma_data = 0.5}, says_two);
        std::vector<double> z{3}, eps_hat{-1};
        f(exec::serial{}, z, a, eps_hat);
        return eps_hat[0];
    };
    const auto clean_level = clean<double>(), noise_level = pure_noise<double>();
    CHECK((at(predicts::eps, clean_level) == 2 && at(predicts::eps, noise_level) == 2));
    CHECK((at(predicts::v, clean_level) == 2 && at(predicts::v, noise_level) == 3));
    CHECK((at(predicts::score, clean_level) == 0 && at(predicts::score, noise_level) == -2));
    CHECK((at(predicts::edm, clean_level) == -2 && at(predicts::edm, noise_level) == 3));
    CHECK((!std::isfinite(at(predicts::x, clean_level)) && at(predicts::x, noise_level) == 3));
}

TEST_CASE("a level that is no number gives no number, whatever the convention") {
    const auto table = table_of_levels<double>();
    for (const auto output : test::all_predictions)
        for (const auto input : test::all_shown)
            for (const auto level : test::all_told) {
                const parametrisation<double> convention{
                    .output = output, .level = level, .input = input, .steps = table};
                from_network f(exec::serial{}, convention,
                               [](const auto&, const auto&, auto, const auto& said) { said(0, 0) = 1; });
                std::vector<double> z{3}, eps_hat{-1};
                f(exec::serial{}, z, log_snr{std::nan("")}, eps_hat);
                CHECK_MESSAGE(std::isnan(eps_hat[0]), name_of(convention));
            }
}

TEST_CASE("a network that is told steps hears of the nearest, and its answer is read at the level itself") {
    const auto table = table_of_levels<double>();
    std::vector<double> heard;
    const parametrisation<double> convention{.output = predicts::v, .level = told::step, .steps = table};
    from_network f(exec::serial{}, convention, [&](const auto&, const auto& input, auto numbers, const auto& output) {
        heard.assign(numbers.begin(), numbers.end());
        for (index_t i = 0; i < input.size(); ++i) output(i, 0) = 1;
    });
    const std::vector<log_snr<double>> levels{{11.9}, {11.4}, {-20.}, {20.}};
    std::vector<double> z(4, 0.5), eps_hat(4);
    f(exec::serial{}, z, levels, eps_hat);
    CHECK(heard == std::vector<double>{0, 1, 48, 0});
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(eps_hat[i] == doctest::Approx(noise_scale(levels[i]) * 0.5 + signal_scale(levels[i])).epsilon(1e-15));
}

namespace {

/// A network whose derivatives are known: output_j = sum_k W_jk input_k + b_j told input_j + c_j told.
template <class T>
struct bilinear {
    T W[2][2] = {{T(0.5), T(-1)}, {T(0.25), T(2)}}, b[2] = {T(0.5), T(-0.25)}, c[2] = {T(-1), T(0.5)};

    template <class In>
    T output(const In& in, T number, std::size_t j) const {
        return W[j][0] * in[0] + W[j][1] * in[1] + b[j] * number * in[j] + c[j] * number;
    }
};

/// sum_j cotangent_j eps_hat_j at one point, by the definitions in long double.
long double felt(const parametrisation<long double>& convention, const std::array<long double, 2>& z, long double a,
                 const std::array<long double, 2>& cotangent) {
    const auto terms = test::true_terms(convention.output, convention.input, test::wide(convention.sigma_data), a);
    const long double number = convention.level == told::edm_sigma     ? std::exp(-a / 2)
                               : convention.level == told::edm_c_noise ? -a / 8
                               : convention.level == told::step        ? 3
                                                                       : a;
    const std::array in{terms.input * z[0], terms.input * z[1]};
    long double sum = 0;
    for (std::size_t j = 0; j < 2; ++j)
        sum += cotangent[j] * (terms.of_z * z[j] + terms.of_output * bilinear<long double>{}.output(in, number, j));
    return sum;
}

} // namespace

TEST_CASE_TEMPLATE("cotangents of points and levels are the derivatives by differences", T, float, double) {
    std::vector<log_snr<T>> levels;
    for (int k = -20; k <= 20; ++k) levels.push_back({static_cast<T>(k) / 4});
    const std::vector<log_snr<T>> one_step{{T(0)}};
    const auto n = static_cast<index_t>(levels.size());
    gapped<T> z(n, 2, true), output(n, 2, false), of_eps(n, 2, true), of_output(n, 2, false), of_input(n, 2, true),
        separate(n, 2, true);
    fill(z.view, 7), fill(of_eps.view, 8);
    double worst_z = 0, worst_level = 0;
    for (const auto predicted : test::all_predictions)
        for (const auto input : test::all_shown)
            for (const auto level : test::all_told) {
                const parametrisation<T> convention{.output = predicted,
                                                    .level = level,
                                                    .input = input,
                                                    .sigma_data = 0.5,
                                                    .steps = denoiser::sorted_levels<T>(one_step),
                                                    .first_step = 3};
                const parametrisation<long double> exact{
                    .output = predicted, .level = level, .input = input, .sigma_data = 0.5};
                std::vector<T> shown_numbers(static_cast<std::size_t>(2 * n)), numbers(levels.size()),
                    of_told(levels.size()), of_level(levels.size()), again(levels.size());
                const auto in = as_batch(shown_numbers, 2);
                denoiser::network_inputs(exec::serial{}, convention, z.view, levels, in, numbers.data());
                for (index_t i = 0; i < n; ++i) // a copy, as output_cotangent works in place
                    for (index_t j = 0; j < 2; ++j) of_output.view(i, j) = of_eps.view(i, j);
                denoiser::output_cotangent(exec::serial{}, convention, levels, of_output.view);
                for (index_t i = 0; i < n; ++i) { // forward, and backward as a framework does it
                    const auto at = static_cast<std::size_t>(i);
                    const bilinear<T> network;
                    of_told[at] = 0;
                    for (std::size_t j = 0; j < 2; ++j) {
                        const auto k = static_cast<index_t>(j);
                        output.view(i, k) = network.output(in[i], numbers[at], j);
                        of_input.view(i, k) = network.W[0][j] * of_output.view(i, 0) +
                                              network.W[1][j] * of_output.view(i, 1) +
                                              network.b[j] * numbers[at] * of_output.view(i, k);
                        of_told[at] += of_output.view(i, k) * (network.b[j] * in(i, k) + network.c[j]);
                    }
                }
                const T* const told_cotangent = level == told::step ? nullptr : of_told.data();
                test::for_each_policy([&](const std::string&, const auto& policy) {
                    denoiser::network_pull_back(policy, convention, z.view, levels, output.view, of_eps.view,
                                                of_input.view, told_cotangent, separate.view, of_level.data());
                    CHECK((again[0] == 0 || again == of_level));
                    again = of_level;
                });
                denoiser::network_pull_back(exec::serial{}, convention, z.view, levels, output.view, of_eps.view,
                                            of_input.view, told_cotangent, of_input.view, nullptr);
                for (index_t i = 0; i < n; ++i) {
                    const auto at = static_cast<std::size_t>(i);
                    const long double a = test::wide(levels[at].value);
                    const std::array point{test::wide(z.view(i, 0)), test::wide(z.view(i, 1))};
                    const std::array felt_there{test::wide(of_eps.view(i, 0)), test::wide(of_eps.view(i, 1))};
                    const auto terms = test::true_terms(predicted, input, 0.5L, a);
                    const long double number = std::abs(test::wide(numbers[at])), told_size = number + 1;
                    // how large what is added up is: factors of the point, of what the network makes of it, of its cotangent
                    const long double points = std::abs(point[0]) + std::abs(point[1]),
                                      cotangents = std::abs(felt_there[0]) + std::abs(felt_there[1]);
                    const long double through = std::abs(terms.of_output) * terms.input * told_size;
                    const long double size =
                        cotangents * ((terms.of_z + through) * points + std::abs(terms.of_output) * told_size);
                    for (std::size_t j = 0; j < 2; ++j) {
                        const auto k = static_cast<index_t>(j);
                        CHECK(separate.view(i, k) == of_input.view(i, k)); // in place
                        const long double want = test::derivative(
                            [&](long double at_z) {
                                auto moved = point;
                                moved[j] = at_z;
                                return felt(exact, moved, a, felt_there);
                            },
                            point[j]);
                        keep_largest(worst_z,
                                     error_in_epsilon(separate.view(i, k), want, cotangents * (terms.of_z + through)));
                    }
                    const long double want =
                        test::derivative([&](long double b) { return felt(exact, point, b, felt_there); }, a);
                    keep_largest(worst_level, error_in_epsilon(of_level[at], want, size));
                }
            }
    const std::string name = std::to_string(8 * sizeof(T)) + " bits / epsilon";
    check_within("cotangents of points, " + name, worst_z, 8);
    check_within("cotangents of levels, " + name, worst_level, 4);
}

TEST_CASE("one level for all points has a cotangent for each") {
    const parametrisation<double> convention{.output = predicts::v, .level = told::edm_c_noise, .input = shown::y};
    const std::vector<double> z{1, -2}, output{0.5, 3}, of_eps{1, 2}, of_input{-1, 0.5}, of_told{2, -1};
    const std::vector<log_snr<double>> levels(2, log_snr{0.75});
    std::vector<double> of_z(2), of_level(2), own_z(2), own_level(2);
    denoiser::network_pull_back(exec::serial{}, convention, z, log_snr{0.75}, output, of_eps, of_input, of_told.data(),
                                of_z, of_level.data());
    denoiser::network_pull_back(exec::serial{}, convention, z, levels, output, of_eps, of_input, of_told.data(), own_z,
                                own_level.data());
    CHECK((of_z == own_z && of_level == own_level && of_level[0] != of_level[1]));
    auto moved = of_eps; // the result may lie where the cotangent of eps_hat lies
    denoiser::network_pull_back(exec::serial{}, convention, z, log_snr{0.75}, output, moved, of_input, of_told.data(),
                                moved, nullptr);
    CHECK(moved == of_z);
}

TEST_CASE("shapes and settings that do not fit are refused, and nothing is written") {
    using pair = std::vector<std::array<double, 2>>;
    const exec::serial policy;
    const parametrisation<double> v{.output = predicts::v};
    const std::vector<log_snr<double>> three(3, log_snr{0.});
    pair z(2), one(1), out(2, {7, 7});
    std::vector<double> line(2), numbers(3, 7);
    const auto sees = [](const auto& action) { return test::refusal(action); };

    CHECK(sees([&] { from_network(policy, parametrisation<double>{.sigma_data = -1}, silent{}); }) ==
          "cdl::denoiser::from_network: sigma_data: must be positive and finite, and so its square; got -1");
    CHECK(sees([&] { from_network(policy, parametrisation<double>{.level = told::step}, silent{}); }) ==
          "cdl::denoiser::from_network: steps: must be given where steps are told; got none");
    from_network f(policy, v, [](const auto&...) { FAIL("the network was called"); });
    CHECK(sees([&] { f(policy, z, log_snr{0.}, one); }) ==
          "cdl::denoiser::from_network: eps_hat: must have the shape of z; got 1 x 2 for 2 x 2");
    CHECK(sees([&] { f(policy, z, log_snr{0.}, line); }) ==
          "cdl::denoiser::from_network: eps_hat: must have the shape of z; got 2 x 1 for 2 x 2");
    CHECK(sees([&] { f(policy, z, three, out); }) ==
          "cdl::denoiser::from_network: levels: must be one, or one for each point; got 3 for 2 points");
    CHECK(sees([&] { f(policy, z, log_snr{0.}, z); }) ==
          "cdl::denoiser::from_network: eps_hat: must not be z; got the same memory");
    const batch_view<double, 2, strided> together(out[0].data(), 2, 2, 0, 1);
    CHECK(sees([&] { f(policy, z, log_snr{0.}, together); }) ==
          "cdl::denoiser::from_network: eps_hat: points must not share memory; got point stride 0");

    CHECK(sees([&] { network_inputs(policy, v, z, log_snr{0.}, one, numbers.data()); }) ==
          "cdl::denoiser::network_inputs: input: must have the shape of z; got 1 x 2 for 2 x 2");
    CHECK(sees([&] { network_inputs(policy, v, z, three, out, numbers.data()); }) ==
          "cdl::denoiser::network_inputs: levels: must be one, or one for each point; got 3 for 2 points");
    CHECK(sees([&] { network_inputs(policy, v, z, log_snr{0.}, together, numbers.data()); }) ==
          "cdl::denoiser::network_inputs: input: points must not share memory; got point stride 0");
    CHECK(sees([&] { eps_from_output(policy, v, z, log_snr{0.}, line, out); }) ==
          "cdl::denoiser::eps_from_output: output: must have the shape of z; got 2 x 1 for 2 x 2");
    CHECK(sees([&] { eps_from_output(policy, v, z, log_snr{0.}, z, one); }) ==
          "cdl::denoiser::eps_from_output: eps_hat: must have the shape of z; got 1 x 2 for 2 x 2");
    CHECK(sees([&] { eps_from_output(policy, v, z, three, z, out); }) ==
          "cdl::denoiser::eps_from_output: levels: must be one, or one for each point; got 3 for 2 points");
    CHECK(sees([&] { eps_from_output(policy, v, z, log_snr{0.}, z, together); }) ==
          "cdl::denoiser::eps_from_output: eps_hat: points must not share memory; got point stride 0");
    CHECK(sees([&] { output_cotangent(policy, v, three, out); }) ==
          "cdl::denoiser::output_cotangent: levels: must be one, or one for each point; got 3 for 2 points");
    CHECK(sees([&] { output_cotangent(policy, v, log_snr{0.}, together); }) ==
          "cdl::denoiser::output_cotangent: cotangent: points must not share memory; got point stride 0");

    const auto pull = [&](const auto& levels, const auto& output, const auto& of_eps, const auto& of_input, auto&& to) {
        return sees([&] {
            network_pull_back(policy, v, z, level_view<double>(levels), output, of_eps, of_input, nullptr, to,
                              numbers.data());
        });
    };
    const parametrisation<double> no_steps{.level = told::step}; // would be read beyond
    const std::string refusal = ": steps: must be given where steps are told; got none";
    CHECK(sees([&] { network_inputs(policy, no_steps, z, log_snr{0.}, out, numbers.data()); }) ==
          "cdl::denoiser::network_inputs" + refusal);
    CHECK(sees([&] { eps_from_output(policy, no_steps, z, log_snr{0.}, z, out); }) ==
          "cdl::denoiser::eps_from_output" + refusal);
    CHECK(sees([&] { output_cotangent(policy, no_steps, log_snr{0.}, out); }) ==
          "cdl::denoiser::output_cotangent" + refusal);
    CHECK(sees([&] { network_pull_back(policy, no_steps, z, log_snr{0.}, z, z, z, nullptr, out, numbers.data()); }) ==
          "cdl::denoiser::network_pull_back" + refusal);

    const log_snr a{0.};
    CHECK(pull(three, z, z, z, out) ==
          "cdl::denoiser::network_pull_back: levels: must be one, or one for each point; got 3 for 2 points");
    CHECK(pull(a, one, z, z, out) ==
          "cdl::denoiser::network_pull_back: output: must have the shape of z; got 1 x 2 for 2 x 2");
    CHECK(pull(a, z, line, z, out) ==
          "cdl::denoiser::network_pull_back: eps_cotangent: must have the shape of z; got 2 x 1 for 2 x 2");
    CHECK(pull(a, z, z, one, out) ==
          "cdl::denoiser::network_pull_back: input_cotangent: must have the shape of z; got 1 x 2 for 2 x 2");
    CHECK(pull(a, z, z, z, one) ==
          "cdl::denoiser::network_pull_back: z_cotangent: must have the shape of z; got 1 x 2 for 2 x 2");
    CHECK(pull(a, z, z, z, together) ==
          "cdl::denoiser::network_pull_back: z_cotangent: points must not share memory; got point stride 0");
    CHECK(out == pair(2, {7, 7}));
    CHECK(numbers == std::vector<double>(3, 7));
}

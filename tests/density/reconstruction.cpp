// SPDX-License-Identifier: MIT
// The reconstruction loss of discrete and of continuous data, and bits with the scale of their data.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/density/reconstruction_loss.hpp>
#include <cdl/random/normal.hpp>

#include <distribution/testing.hpp>

#include <cmath>

using namespace cdl;
using density::discrete_data;
using density::eight_bit;
using density::softmax_decoder;

namespace {

constexpr exec::serial policy{};

/// [VDM eq. 8] as it is printed, in long double: -log softmax over the values of -((z / S - v)^2) SNR / 2 at v_k.
template <index_t Values>
long double as_printed(const discrete_data<Values>& data, double eps, index_t k, double a) {
    const auto value = [&](index_t l) {
        return static_cast<long double>(data.low) + static_cast<long double>(data.width) * static_cast<long double>(l);
    };
    const long double snr = std::exp(static_cast<long double>(a)),
                      ratio = value(k) + static_cast<long double>(eps) / std::sqrt(snr); // z / S
    const auto logit = [&](index_t l) { return -(ratio - value(l)) * (ratio - value(l)) * snr / 2; };
    long double top = logit(k);
    for (index_t l = 0; l < Values; ++l) top = std::max(top, logit(l));
    long double others = 0, own = std::exp(logit(k) - top);
    for (index_t l = 0; l < Values; ++l)
        if (l != k) others += std::exp(logit(l) - top);
    return top == logit(k) ? std::log1p(others) : top - logit(k) + std::log(own + others);
}

template <index_t Values>
void check_decoder(const std::string& what, const discrete_data<Values>& data, double bound) {
    double worst = 0;
    for (const double a : {-20., -10., -3., 0., 4., 8., 10., 12., 13.3, 15., 20.}) {
        const softmax_decoder<double> decoder(data, log_snr{a});
        for (const index_t k : {index_t{0}, index_t{1}, Values / 2, Values - 1})
            for (const double eps : {-8.5, -3., -1., -0.1, 0., 0.4, 2., 8.5}) {
                const auto exact = as_printed(data, eps, k, a);
                if (exact < 1e-290L) continue;
                const double loss = decoder.loss(eps, static_cast<double>(k));
                // the reference loses digits itself where SNR is large: its ratio of z and S is rounded
                const double condition = 1 + std::abs(eps) * std::exp(a / 2) * data.width;
                test::keep_largest(worst, static_cast<double>(std::fabs(test::wide(loss) - exact) / exact) / condition);
            }
    }
    test::check_within(what, worst, bound);
}

} // namespace

TEST_CASE("the decoder of discrete data is the softmax over its values") {
    check_decoder("softmax_decoder, 256 values", eight_bit(), 3e-14);
    check_decoder("softmax_decoder, 2 values", discrete_data<2>{-1, 2}, 3e-14);
    check_decoder("softmax_decoder, 11 values", discrete_data<11>{-0.3, 0.125}, 3e-14);
}

TEST_CASE("the decoder knows nothing at low SNR and everything at high SNR") {
    const softmax_decoder<double> blind(eight_bit(), log_snr{-20.}), sees(eight_bit(), log_snr{20.});
    CHECK(blind.loss(0.3, 100.) == doctest::Approx(std::log(256)).epsilon(1e-4));
    CHECK(sees.loss(0.3, 100.) == 0);
    for (const double a : {-1e3, -1e300, -HUGE_VAL})
        CHECK(softmax_decoder<double>(eight_bit(), log_snr{a}).loss(0.3, 9.) ==
              doctest::Approx(std::log(256)).epsilon(1e-15));
    for (const double a : {50., 1e3, HUGE_VAL})
        CHECK(softmax_decoder<double>(eight_bit(), log_snr{a}).loss(0.3, 9.) == 0);
}

TEST_CASE("neighbours out of reach have no weight") {
    for (const double a : {8., 9., 10., 13.3}) {
        softmax_decoder<double> near(eight_bit(), log_snr{a}), all = near;
        all.reach = 255;
        CHECK(near.reach < 255);
        for (const double eps : {-9., -2., 0.1, 9.})
            for (const double k : {0., 3., 128., 255.}) {
                CHECK(near.loss(eps, k) == all.loss(eps, k));
                CHECK(near.slope(eps, k) == all.slope(eps, k));
            }
    }
}

TEST_CASE("the slope of the decoder's loss is its derivative by the level") {
    using dual = Eigen::AutoDiffScalar<Eigen::Matrix<double, 1, 1>>;
    double worst = 0;
    for (const double a : {-6., 0., 6., 10., 12.}) {
        const softmax_decoder<double> decoder(eight_bit(), log_snr{a});
        const softmax_decoder<dual> active(eight_bit(), log_snr{dual(a, 1, 0)});
        for (const double eps : {-4., -0.7, 0.2, 3.})
            for (const double k : {0., 77., 255.}) {
                const double slope = decoder.slope(eps, k),
                             derivative = active.loss(dual(eps), dual(k)).derivatives()[0];
                test::keep_largest(worst, std::abs(slope - derivative) / std::max(1e-3, std::abs(derivative)));
            }
    }
    test::check_within("softmax_decoder slope", worst, 2e-14);
    // where w^2 is too large for a float
    CHECK(softmax_decoder<float>(eight_bit(), log_snr{100.f}).slope(0.7f, 77.f) == 0);
}

TEST_CASE("the reconstruction loss of discrete data is the mean over the noise, in any dimension") {
    const std::vector<double> x{1. / 256 - 1, 0.5 + 1. / 256, 255. / 256, -0.25 + 1. / 256, 1. / 256, 3. / 256};
    double worst = 0;
    for (const double a : {-20., 0., 8., 10., 12., 13.3, 20.}) {
        CAPTURE(a);
        const auto losses = density::reconstruction_loss(policy, as_batch(x, 3), eight_bit(), log_snr{a});
        REQUIRE(losses.size() == 2);
        const auto fine = math::normal_trapezoid<double>(3072, 8.5);
        const softmax_decoder<double> decoder(eight_bit(), log_snr{a});
        for (std::size_t i = 0; i < 2; ++i) {
            CHECK(losses[i].converged);
            CHECK(losses[i].denoiser_calls == 0);
            double sum = 0;
            for (std::size_t j = 3 * i; j < 3 * i + 3; ++j)
                for (std::size_t q = 0; q < fine.nodes.size(); ++q)
                    sum +=
                        fine.weights[q] * decoder.loss(fine.nodes[q], static_cast<double>(eight_bit().index_of(x[j])));
            test::keep_largest(worst, std::abs(losses[i].value - sum) / std::max(1e-3, sum));
        }
    }
    test::check_within("reconstruction loss of 8-bit data, relative to at least 1e-3", worst, 1e-13);
}

TEST_CASE("two values are a binary channel with Gaussian noise") {
    // -log p = log(1 + e^-(2 w eps + 2 w^2) / ...): softplus of the log likelihood ratio, over the noise
    const discrete_data<2> bit{-1, 2};
    const std::vector<double> x{-1, 1};
    for (const double a : {-3., 0., 2.}) {
        const double w = 2 * std::exp(a / 2);
        const auto rule = math::normal_trapezoid<double>(400, 8.5);
        double exact = 0;
        for (std::size_t q = 0; q < rule.nodes.size(); ++q)
            exact += rule.weights[q] * math::softplus(-w * (rule.nodes[q] + w / 2));
        for (const auto& loss : density::reconstruction_loss(policy, x, bit, log_snr{a}))
            CHECK(loss.value == doctest::Approx(exact).epsilon(1e-12));
    }
}

TEST_CASE("every policy finds the same reconstruction loss") {
    std::vector<float> x;
    for (index_t i = 0; i < 60; ++i) x.push_back(eight_bit().value(static_cast<float>(i * 37 % 256)));
    const auto oracle = density::reconstruction_loss(policy, as_batch(x, 5), eight_bit(), log_snr{9.f});
    test::for_each_policy([&](const std::string& name, const auto& other) {
        CAPTURE(name);
        const auto losses = density::reconstruction_loss(other, as_batch(x, 5), eight_bit(), log_snr{9.f});
        for (std::size_t i = 0; i < losses.size(); ++i) CHECK(test::same_bits(losses[i].value, oracle[i].value));
    });
}

TEST_CASE("the loss of continuous data is that of a Gaussian decoder") {
    // N(x; z_0 / S, N^2 / S^2): -log p = log(2 pi / SNR) / 2 + eps^2 / 2
    for (const double a : {-4., 0., 13.3}) {
        const double of_one = 0.5 * std::log(2 * std::numbers::pi * std::exp(-a)) + 0.5;
        CHECK(density::continuous_reconstruction_loss(log_snr{a}, 1) == doctest::Approx(of_one).epsilon(1e-14));
        CHECK(density::continuous_reconstruction_loss(log_snr{a}, 7) == doctest::Approx(7 * of_one).epsilon(1e-14));
    }
}

TEST_CASE("bytes are the centres of 256 bins of [-1, 1]") {
    CHECK(eight_bit().value(0.) == 1. / 256 - 1);
    CHECK(eight_bit().value(255.) == 1 - 1. / 256);
    for (index_t k = 0; k < 256; ++k) {
        const double v = static_cast<double>(2 * k + 1) / 256 - 1;
        CHECK(eight_bit().value(static_cast<double>(k)) == v);
        CHECK(eight_bit().index_of(v) == k);
        CHECK(eight_bit().index_of(static_cast<float>(v) + 0.003f) == k);
    }
    CHECK(eight_bit().index_of(-9.) == 0);
    CHECK(eight_bit().index_of(9.) == 255);
}

TEST_CASE("bits know their data: the density of scaled data becomes bits of bytes by the width of a bin") {
    const auto of_density = density::in_bits<density::continuous_data>(-2 * std::log(2.) * 3, 3, 0.3);
    CHECK(of_density.value == doctest::Approx(-2).epsilon(1e-15));
    CHECK(of_density.standard_error == doctest::Approx(0.1 / std::log(2.)).epsilon(1e-15));
    const density::bits_per_dim_of<discrete_data<256>, double> of_bytes = density::as_discrete(of_density, eight_bit());
    CHECK(of_bytes.value == doctest::Approx(5).epsilon(1e-15)); // the "+ 7" of published code
    CHECK(of_bytes.standard_error == of_density.standard_error);
    const auto difference = of_bytes - of_bytes;
    CHECK(difference.value == 0);
    CHECK(difference.standard_error == doctest::Approx(std::sqrt(2.) * of_bytes.standard_error).epsilon(1e-15));
    CHECK(of_bytes <= of_bytes);
    CHECK_FALSE(of_bytes < of_bytes);
    // the uniform density 1/2 on [-1, 1] is one bit per unit, and 8 bits of a byte
    CHECK(density::as_discrete(density::in_bits<density::continuous_data>(std::log(2.), 1), eight_bit()).value ==
          doctest::Approx(8).epsilon(1e-15));
}

TEST_CASE("dequantised data: the bits of a density bound those of the bins' probabilities on average") {
    // data: 16 values on [-1, 1] with probabilities of a Gaussian's bins; the density is that Gaussian of deviation 0.4
    const discrete_data<16> data{1. / 16 - 1, 2. / 16};
    const auto cdf = [](double x) { return std::erfc(-x / 0.4 / std::numbers::sqrt2) / 2; };
    const auto nll = [](double x) { return std::log(0.4) + math::log_two_pi<double>() / 2 + x * x / 0.32; };
    const auto rule = math::gauss_legendre<double>(20);
    double exact = 0, dequantised = 0, at_centres = 0, total = 0;
    for (int k = 0; k < 16; ++k) {
        const double centre = data.value(static_cast<double>(k)), p = cdf(centre + 1. / 16) - cdf(centre - 1. / 16);
        total += p;
        exact -= p * std::log(p);
        at_centres += p * nll(centre);
        for (std::size_t q = 0; q < 20; ++q)
            dequantised += p * rule.weights[q] * nll(centre + (rule.nodes[q] - 0.5) / 8);
    }
    CHECK(total == doctest::Approx(1).epsilon(0.02));
    const auto bits = [&](double nats) {
        return density::as_discrete(density::in_bits<density::continuous_data>(nats, 1), data).value;
    };
    CHECK(bits(dequantised) > exact / std::log(2.));
    CHECK(bits(dequantised) == doctest::Approx(exact / std::log(2.)).epsilon(0.03));
    CHECK(bits(at_centres) < bits(dequantised)); // it pays for no spread in the bin
}

TEST_CASE("data that are none of the values are refused") {
    const std::vector<double> bytes{0, 128, 255};
    CHECK(test::refusal([&] { density::reconstruction_loss(policy, bytes, eight_bit(), log_snr{3.}); }) ==
          "cdl::density::reconstruction_loss: x: must be values of the discrete data; got point 0, 0.5 widths from the "
          "nearest "
          "value");
    const std::vector<double> nothing{std::nan("")}, good{1. / 256};
    CHECK_THROWS_AS(density::reconstruction_loss(policy, nothing, eight_bit(), log_snr{3.}), std::invalid_argument);
    CHECK(test::refusal([&] { density::reconstruction_loss(policy, good, eight_bit(), clean<double>()); }) ==
          "cdl::density::reconstruction_loss: cleanest: must be finite; got inf");
    CHECK(test::refusal([&] { density::reconstruction_loss(policy, good, discrete_data<2>{0, 0}, log_snr{3.}); }) ==
          "cdl::density::reconstruction_loss: width: must be finite and positive; got 0");
    CHECK(test::refusal([&] {
              density::reconstruction_loss(policy, good, discrete_data<2>{HUGE_VAL, 1}, log_snr{3.});
          }) == "cdl::density::reconstruction_loss: low: must be finite; got inf");
    for (const index_t nodes : {-4, 7})
        CHECK(test::refusal([&] {
                  density::reconstruction_loss(policy, good, eight_bit(), log_snr{3.}, {.noise_nodes = nodes});
              }) == "cdl::density::reconstruction_loss: noise_nodes: must be even and positive, at most 3840, or 0 to "
                    "choose; got " +
                        std::to_string(nodes));
    CHECK(density::reconstruction_loss(policy, std::vector<double>{}, eight_bit(), log_snr{3.}).empty());
}

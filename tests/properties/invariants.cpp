// SPDX-License-Identifier: MIT
// Invariants on inputs that nobody chose. RC_PARAMS overrides the seed and the number of tries, for example
// RC_PARAMS="seed=7 max_success=100000".

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/cdl.hpp>

#include <doctest/doctest.h>

#if __has_include(<rapidcheck.h>)
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>

namespace {

using namespace cdl;

const bool seeded = setenv("RC_PARAMS", "seed=20261122 max_success=2000", 0) == 0;

/// A number in [-range, range], often an end or 0.
double number(double range) {
    const int i = *rc::gen::weightedOneOf<int>(
        {{9, rc::gen::inRange(-100000, 100001)}, {1, rc::gen::element(-100000, 0, 100000)}});
    return range * i / 100000;
}

/// A level, now and then infinite.
log_snr<double> level() {
    switch (*rc::gen::weightedElement<int>({{8, 0}, {1, 1}, {1, 2}})) {
    case 1:
        return clean<double>();
    case 2:
        return pure_noise<double>();
    default:
        return {number(80)};
    }
}

bool close(double got, double wanted, double epsilons, double scale) {
    return got == wanted || std::abs(got - wanted) <= epsilons * std::numeric_limits<double>::epsilon() * scale;
}

/// A mixture of one to five components in the plane.
struct parameters {
    std::vector<double> weights, means, covariances;

    distribution::gaussian_mixture<double, 2> make() const { return {weights, means, covariances}; }
};

parameters mixture() {
    parameters p;
    const int components = *rc::gen::inRange(1, 6);
    for (int k = 0; k < components; ++k) {
        p.weights.push_back(0.1 + std::abs(number(1)));
        p.means.insert(p.means.end(), {number(5), number(5)});
        const double a = 0.1 + std::abs(number(2)), b = number(1), c = 0.1 + std::abs(number(2)); // Cholesky factor
        p.covariances.insert(p.covariances.end(), {a * a, a * b, a * b, b * b + c * c});
    }
    return p;
}

TEST_CASE("levels compose like a commutative monoid with zero and identity") {
    CHECK(rc::check([] {
        const auto a = level(), b = level(), c = level();
        RC_ASSERT(compose(a, b).value == compose(b, a).value);
        RC_ASSERT(compose(a, clean<double>()).value == a.value);
        RC_ASSERT(compose(a, pure_noise<double>()).value == pure_noise<double>().value);
        RC_ASSERT(compose(a, b).value <= std::min(a.value, b.value));
        const double left = compose(compose(a, b), c).value, right = compose(a, compose(b, c)).value;
        RC_ASSERT(close(left, right, 16, 1 + std::abs(left)));
    }));
}

TEST_CASE("the noise of two channels is shared by a rotation, and what is shared out is all there is") {
    CHECK(rc::check([] {
        const auto a = level(), zeta = level();
        const auto share = share_of_noise(a, zeta);
        RC_ASSERT(0 <= share.b && share.b <= 1 && 0 <= share.rotation && share.rotation <= 1);
        RC_ASSERT(close(share.b * share.b + share.rotation * share.rotation, 1, 4, 1));
        RC_ASSERT(close(share.b + share.one_minus_b, 1, 4, 1));
        RC_ASSERT(close(share.b * noise_scale(compose(a, zeta)), noise_scale(a), 64, noise_scale(a)));
    }));
}

TEST_CASE("two steps of the noising chain are one") {
    CHECK(rc::check([] {
        std::array<double, 3> levels{number(30), number(30), number(30)};
        std::sort(levels.begin(), levels.end());
        const log_snr r{levels[2]}, s{levels[1]}, t{levels[0]};
        const auto first = channel::transition(r, s), second = channel::transition(s, t),
                   both = channel::transition(r, t);
        RC_ASSERT(close(second.from_z * first.from_z, both.from_z, 16, both.from_z));
        const double variance = second.from_z * second.from_z * first.variance + second.variance;
        RC_ASSERT(close(variance, both.variance, 16, both.variance));
    }));
}

TEST_CASE("a mixture does not care about the order of its components, nor whether one is written as two halves") {
    CHECK(rc::check([] {
        const auto p = mixture();
        auto turned = p;
        std::rotate(turned.weights.begin(), turned.weights.begin() + 1, turned.weights.end());
        std::rotate(turned.means.begin(), turned.means.begin() + 2, turned.means.end());
        std::rotate(turned.covariances.begin(), turned.covariances.begin() + 4, turned.covariances.end());
        auto halved = p;
        halved.weights[0] /= 2;
        halved.weights.push_back(halved.weights[0]);
        halved.means.insert(halved.means.end(), {p.means[0], p.means[1]});
        for (std::size_t i = 0; i < 4; ++i) halved.covariances.push_back(p.covariances[i]);
        const std::array<double, 2> z{number(8), number(8)};
        const log_snr a{number(20)};
        const double log_p = p.make().log_density(z, a), size = 1 + std::abs(log_p);
        RC_ASSERT(close(turned.make().log_density(z, a), log_p, 256, size));
        RC_ASSERT(close(halved.make().log_density(z, a), log_p, 256, size));
    }));
}

TEST_CASE("the score of any mixture at any level is the derivative of its log density") {
    CHECK(rc::check([] {
        using dual = Eigen::AutoDiffScalar<Eigen::Vector2d>;
        const auto data = mixture().make();
        const denoiser::optimal eps_hat(data);
        const std::array<double, 2> z{number(8), number(8)};
        const log_snr a{number(20)};
        std::array<double, 2> noise{};
        eps_hat(z, a, noise);
        const std::array<dual, 2> z_dual{dual(z[0], 2, 0), dual(z[1], 2, 1)};
        const dual log_p = eps_hat.log_density(z_dual, log_snr<dual>{dual(a.value)});
        for (Eigen::Index j = 0; j < 2; ++j) {
            const double score = denoiser::score_from_eps(noise[static_cast<std::size_t>(j)], a);
            RC_ASSERT(close(score, log_p.derivatives()[j], 4096, 1 + log_p.derivatives().norm()));
        }
    }));
}

TEST_CASE("predictions convert into each other and back at any finite level") {
    CHECK(rc::check([] {
        const log_snr a{number(12)};
        const double z = number(5), eps = number(3);
        const double loss = 16 / std::min(signal_scale(a), noise_scale(a)), size = 1 + std::abs(z) + std::abs(eps);
        RC_ASSERT(close(denoiser::eps_from_x(z, denoiser::x_from_eps(z, eps, a), a), eps, loss, size));
        RC_ASSERT(close(denoiser::eps_from_v(z, denoiser::v_from_eps(z, eps, a), a), eps, loss, size));
        RC_ASSERT(close(denoiser::eps_from_score(denoiser::score_from_eps(eps, a), a), eps, 4, size));
        const double x_hat = denoiser::x_from_eps(z, eps, a), y = denoiser::edm_input(z, a);
        RC_ASSERT(close(denoiser::eps_from_edm(y, x_hat, a), eps, loss, size));
    }));
}

TEST_CASE("numbers at different addresses differ, and an address always gives the same number") {
    CHECK(rc::check([] {
        const random::noise_stream stream{*rc::gen::arbitrary<std::uint64_t>(), random::purpose::user};
        const auto step = *rc::gen::inRange<index_t>(0, 1000), point = *rc::gen::inRange<index_t>(0, 1 << 30);
        const auto coord = *rc::gen::inRange<index_t>(0, 4096);
        const double u = random::uniform(stream, step, point, coord);
        RC_ASSERT(0 < u && u < 1);
        RC_ASSERT(u == random::uniform(stream, step, point, coord));
        RC_ASSERT(u != random::uniform(stream, step + 1, point, coord));
        RC_ASSERT(u != random::uniform(stream, step, point + 1, coord));
        RC_ASSERT(u != random::uniform(stream, step, point, coord + 1));
        RC_ASSERT(u != random::uniform(stream.for_purpose(random::purpose::level), step, point, coord));
    }));
}

} // namespace
#endif

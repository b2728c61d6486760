// SPDX-License-Identifier: MIT
#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/channel/composition.hpp>

#include <doctest/doctest.h>

using namespace cdl;

namespace {
using dual = Eigen::AutoDiffScalar<Eigen::Matrix<double, 1, 1>>;
static_assert(scalar<dual>);

/// d f / d u at u.
template <class F>
double derivative(const F& f, double u) {
    dual variable(u);
    variable.derivatives()(0) = 1;
    return dual(f(variable)).derivatives()(0);
}
} // namespace

TEST_CASE("Autodiff numbers know log1p and expm1") {
    for (const double u : {-0.9, -1e-12, 0.0, 1e-12, 3.0}) {
        CHECK(derivative([](const dual& x) { return log1p(x); }, u) == doctest::Approx(1 / (1 + u)).epsilon(1e-15));
        CHECK(derivative([](const dual& x) { return expm1(x); }, u) == doctest::Approx(std::exp(u)).epsilon(1e-15));
        CHECK(log1p(dual(u)).value() == std::log1p(u));
        CHECK(expm1(dual(u)).value() == std::expm1(u));
    }
}

TEST_CASE("The derivative of softplus is sigmoid and that of composition is the share of signal") {
    for (const double u : {-40.0, -3.0, -0.5, 0.5, 3.0, 40.0}) {
        CAPTURE(u);
        CHECK(derivative([](const dual& x) { return math::softplus(x); }, u) ==
              doctest::Approx(math::sigmoid(u)).epsilon(1e-14));
        CHECK(derivative([](const dual& x) { return math::sigmoid(x); }, u) ==
              doctest::Approx(math::sigmoid(u) * math::sigmoid(-u)).epsilon(1e-14));
        // d beta / d a = sigmoid(-a) / sigmoid(-beta) = b^2
        const double b = share_of_noise(log_snr{u}, log_snr{1.25}).b;
        CHECK(derivative([](const dual& x) { return compose(log_snr<dual>{x}, log_snr<dual>{dual(1.25)}).value; }, u) ==
              doctest::Approx(b * b).epsilon(1e-13));
    }
}

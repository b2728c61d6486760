// SPDX-License-Identifier: MIT
#include <cdl/adapter/eigen.hpp>
#include <cdl/metric/frechet.hpp>

#include "metric/samples.hpp"

#include <Eigen/QR>
#include <doctest/doctest.h>

using namespace cdl;
using metric::frechet;
using metric::mean_and_covariance;

namespace {

/// An orthogonal matrix.
Eigen::MatrixXd rotation(std::uint64_t seed, index_t dim) {
    auto numbers = test::normal_sample<double>(seed, dim, dim).numbers;
    const Eigen::MatrixXd any = Eigen::Map<Eigen::MatrixXd>(numbers.data(), dim, dim);
    return Eigen::HouseholderQR<Eigen::MatrixXd>(any).householderQ();
}

mean_and_covariance with(const Eigen::VectorXd& mean, const Eigen::MatrixXd& basis, const Eigen::VectorXd& variances) {
    const Eigen::MatrixXd covariance = basis * variances.asDiagonal() * basis.transpose();
    return {mean, (covariance + covariance.transpose()) / 2};
}

mean_and_covariance standard(index_t dim) {
    return {Eigen::VectorXd::Zero(dim), Eigen::MatrixXd::Identity(dim, dim)};
}

} // namespace

TEST_CASE("The Frechet distance of covariances with the same axes is that of their standard deviations") {
    for (const index_t d : {1, 2, 5, 64}) {
        CAPTURE(d);
        const Eigen::MatrixXd axes = rotation(1, d);
        const Eigen::VectorXd u = Eigen::VectorXd::LinSpaced(d, 0.1, 2), v = Eigen::VectorXd::LinSpaced(d, 3, 0.5);
        const Eigen::VectorXd mean = Eigen::VectorXd::Constant(d, 0.25), zero = Eigen::VectorXd::Zero(d);
        const double want = mean.squaredNorm() + (u - v).squaredNorm();
        const double got = frechet(with(mean, axes, u.cwiseAbs2()), with(zero, axes, v.cwiseAbs2()));
        test::check_within("same axes, d " + std::to_string(d), std::abs(got - want) / want, 1e-13);
        CHECK(frechet(with(zero, axes, v.cwiseAbs2()), with(mean, axes, u.cwiseAbs2())) ==
              doctest::Approx(want).epsilon(1e-13));
    }
}

TEST_CASE("The Frechet distance is right for singular covariances") {
    const index_t d = 40, rank = 7;
    const Eigen::MatrixXd axes = rotation(2, d);
    const Eigen::VectorXd zero = Eigen::VectorXd::Zero(d);
    Eigen::VectorXd first = zero, last = zero, ones = Eigen::VectorXd::Ones(d);
    first.head(rank).setLinSpaced(1, 2);
    last.tail(rank).setLinSpaced(1, 2);
    const auto p = with(zero, axes, first), q = with(zero, axes, last), full = with(zero, axes, ones);
    // the roots of what rounding leaves of 33 zeros would add up to 1e-7
    test::check_within("rank 7 from itself", frechet(p, p), 1e-13);
    test::check_within("rank 7 from an orthogonal one", std::abs(frechet(p, q) - first.sum() - last.sum()), 1e-13);
    const double want = (first.cwiseSqrt() - ones).squaredNorm();
    test::check_within("rank 7 from full", std::abs(frechet(p, full) - want), 1e-12);
    const mean_and_covariance point{zero, Eigen::MatrixXd::Zero(d, d)};
    CHECK(frechet(point, point) == 0);
    CHECK(frechet(point, full) == doctest::Approx(double(d)).epsilon(1e-14));
    CHECK(frechet(full, point) == doctest::Approx(double(d)).epsilon(1e-14));
    Eigen::VectorXd noisy = first;
    noisy.tail(d - rank).setConstant(-1e-15); // what rounding leaves of a zero
    CHECK(frechet(with(zero, axes, noisy), p) < 1e-12);
}

TEST_CASE("The Frechet distance is symmetric and does not see rotations") {
    for (const index_t d : {2, 5}) {
        const Eigen::MatrixXd turn = rotation(3, d);
        const auto p = with(Eigen::VectorXd::Constant(d, 1), rotation(4, d), Eigen::VectorXd::LinSpaced(d, 0.25, 4));
        const auto q = with(Eigen::VectorXd::Constant(d, 3), rotation(5, d), Eigen::VectorXd::LinSpaced(d, 2, 3));
        const mean_and_covariance turned_p{turn * p.mean, turn * p.covariance * turn.transpose()};
        const mean_and_covariance turned_q{turn * q.mean, turn * q.covariance * turn.transpose()};
        CHECK(frechet(p, q) == doctest::Approx(frechet(q, p)).epsilon(1e-13));
        CHECK(frechet(turned_p, turned_q) == doctest::Approx(frechet(p, q)).epsilon(1e-13));
        CHECK(frechet(p, p) < 1e-13);
        CHECK(frechet(p, q) > 0.1);
    }
}

TEST_CASE("The Frechet distance of samples has the same bits under every policy") {
    const auto x = test::normal_sample<float>(1, 1000, 9), y = test::normal_sample<float>(2, 800, 9, 0.5);
    const double want = frechet(exec::serial{}, x.view(), y.view());
    CHECK(want == frechet(metric::moments(exec::serial{}, x.view()), metric::moments(exec::serial{}, y.view())));
    CHECK(want == doctest::Approx(9 * 0.25).epsilon(0.1));
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        CHECK(test::same_bits(frechet(policy, x.view(), y.view()), want));
    });
}

TEST_CASE("Moments that are none are refused with a sentence") {
    const auto refusal = [](const auto& p, const auto& q) { return test::refusal([&] { frechet(p, q); }); };
    const auto good = standard(2);
    CHECK(refusal(good, good) == "");
    CHECK(refusal(good, standard(3)) == "cdl::metric::frechet: q: must have the dimension of p; got 3 for 2");
    auto bad = good;
    bad.covariance.resize(2, 3);
    CHECK(refusal(bad, good) ==
          "cdl::metric::frechet: p: must have a covariance as large as its mean; got 2 x 3 for 2");
    bad = good;
    bad.covariance(0, 1) = 0.5;
    CHECK(refusal(good, bad) ==
          "cdl::metric::frechet: q: must have a symmetric covariance; got entries that differ by 0.5");
    bad = good;
    bad.covariance(1, 1) = -0.25;
    CHECK(refusal(bad, good) ==
          "cdl::metric::frechet: p: must have a covariance without negative eigenvalues; got -0.25");
    bad = {good.mean, -good.covariance};
    CHECK(refusal(bad, good) == "cdl::metric::frechet: p: must have a covariance without negative eigenvalues; got -1");
    bad = good;
    bad.mean(0) = std::nan("");
    CHECK(refusal(bad, good) == "cdl::metric::frechet: p: must have a finite mean; got a mean that is not");
    bad = good;
    bad.covariance(0, 0) = std::numeric_limits<double>::infinity();
    CHECK(refusal(good, bad) == "cdl::metric::frechet: q: must have a finite covariance; got a covariance that is not");
    CHECK(refusal(mean_and_covariance{}, good) == "cdl::metric::frechet: p: must have at least 1 coordinate; got 0");
    const std::vector<double> one{1}, six{1, 2, 3, 4, 5, 6};
    const auto of_samples = [](const auto& x, const auto& y) {
        return test::refusal([&] { frechet(exec::serial{}, x, y); });
    };
    CHECK(of_samples(as_batch(six, 2), as_batch(six, 3)) ==
          "cdl::metric::frechet: y: must have the dimension of x; got 3 for 2");
    CHECK(of_samples(six, one) == "cdl::metric::frechet: y: must have at least 2 points; got 1");
}

// SPDX-License-Identifier: MIT
// What has the same bits everywhere is compared with hashes made once; what has the same bits on any number of threads
// is compared with itself. Estimates pass through exp and log of the C library, which differ between libraries, so no
// hash of theirs is kept: print_values/ compares them between compilers on one machine.

#include <determinism/values.hpp>
#include <distribution/testing.hpp>

using namespace determinism;

TEST_CASE("the hash is FNV-1a") {
    // of no bytes, and of eight zero bytes
    CHECK(fnv({}) == 0xcbf29ce484222325u);
    CHECK(fnv({0.0}) == 0xa8c7f832281a39c5u);
    CHECK(fnv({1.0}) != fnv({-1.0}));
}

TEST_CASE("noise has the same bits everywhere") {
    test::for_each_policy([](const std::string& name, const auto& policy) {
        CAPTURE(name);
        CHECK(fnv(noise(policy)) == 2423820712906763612u);
    });
}

TEST_CASE("draws of isotropic and diagonal mixtures have the same bits everywhere") {
    test::for_each_policy([](const std::string& name, const auto& policy) {
        CAPTURE(name);
        CHECK(fnv(samples<covariance::isotropic>(policy, 7)) == 1957698867991985685u);
        CHECK(fnv(samples<covariance::diagonal>(policy, 8)) == 1748004093344177871u);
    });
}

TEST_CASE("estimates have the same bits on any number of threads") {
    const auto oracle = estimates(exec::serial{});
    CHECK(fnv(estimates(exec::serial{})) == fnv(oracle));
    std::vector<double> packed;
    test::for_each_packed_policy([&](const std::string& name, const auto& policy) {
        CAPTURE(name);
        const auto numbers = estimates(policy);
        if (packed.empty()) packed = numbers;
        REQUIRE(numbers.size() == oracle.size());
        CHECK(fnv(numbers) == fnv(packed));
        double worst = 0;
        for (std::size_t i = 0; i < numbers.size(); ++i)
            test::keep_largest(worst, std::abs(numbers[i] / oracle[i] - 1));
        test::check_within("estimates, " + name + " against serial, relative", worst, 3e-14);
    });
}

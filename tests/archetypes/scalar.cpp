// SPDX-License-Identifier: MIT
// The least that a scalar must offer is enough, and without any one of it the type is refused.

#include <cdl/channel/composition.hpp>
#include <cdl/channel/posterior.hpp>

#include <doctest/doctest.h>

namespace archetypes {

/// Arithmetic and functions on one number, nothing else: no conversion to or from a built-in type but by name.
template <class Self>
struct arithmetic {
    double v = 0;
    arithmetic() = default;
    explicit arithmetic(double value) : v(value) {}
    friend Self operator+(const Self& a, const Self& b) { return Self(a.v + b.v); }
    friend Self operator-(const Self& a, const Self& b) { return Self(a.v - b.v); }
    friend Self operator*(const Self& a, const Self& b) { return Self(a.v * b.v); }
    friend Self operator-(const Self& a) { return Self(-a.v); }
    friend Self abs(const Self& a) { return Self(std::abs(a.v)); }
    friend Self exp(const Self& a) { return Self(std::exp(a.v)); }
    friend Self log(const Self& a) { return Self(std::log(a.v)); }
    friend Self log1p(const Self& a) { return Self(std::log1p(a.v)); }
    friend Self sqrt(const Self& a) { return Self(std::sqrt(a.v)); }
};

struct minimal : arithmetic<minimal> {
    using arithmetic::arithmetic;
    friend minimal operator/(const minimal& a, const minimal& b) { return minimal(a.v / b.v); }
    friend bool operator<(const minimal& a, const minimal& b) { return a.v < b.v; }
    friend bool operator==(const minimal& a, const minimal& b) { return a.v == b.v; }
    friend minimal expm1(const minimal& a) { return minimal(std::expm1(a.v)); }
};
static_assert(cdl::scalar<minimal>);

struct without_expm1 : arithmetic<without_expm1> {
    using arithmetic::arithmetic;
    friend without_expm1 operator/(const without_expm1& a, const without_expm1& b) { return without_expm1(a.v / b.v); }
    friend bool operator<(const without_expm1& a, const without_expm1& b) { return a.v < b.v; }
    friend bool operator==(const without_expm1& a, const without_expm1& b) { return a.v == b.v; }
};
static_assert(!cdl::scalar<without_expm1>);

struct without_division : arithmetic<without_division> {
    using arithmetic::arithmetic;
    friend bool operator<(const without_division& a, const without_division& b) { return a.v < b.v; }
    friend bool operator==(const without_division& a, const without_division& b) { return a.v == b.v; }
    friend without_division expm1(const without_division& a) { return without_division(std::expm1(a.v)); }
};
static_assert(!cdl::scalar<without_division>);

struct without_order : arithmetic<without_order> {
    using arithmetic::arithmetic;
    friend without_order operator/(const without_order& a, const without_order& b) { return without_order(a.v / b.v); }
    friend bool operator==(const without_order& a, const without_order& b) { return a.v == b.v; }
    friend without_order expm1(const without_order& a) { return without_order(std::expm1(a.v)); }
};
static_assert(!cdl::scalar<without_order>);

struct without_equality : arithmetic<without_equality> {
    using arithmetic::arithmetic;
    friend without_equality operator/(const without_equality& a, const without_equality& b) {
        return without_equality(a.v / b.v);
    }
    friend bool operator<(const without_equality& a, const without_equality& b) { return a.v < b.v; }
    friend without_equality expm1(const without_equality& a) { return without_equality(std::expm1(a.v)); }
};
static_assert(!cdl::scalar<without_equality>);

struct without_a_constructor : arithmetic<without_a_constructor> {
    without_a_constructor() = default;
    without_a_constructor(double, int);
    friend without_a_constructor operator/(const without_a_constructor& a, const without_a_constructor&) { return a; }
    friend bool operator<(const without_a_constructor& a, const without_a_constructor& b) { return a.v < b.v; }
    friend bool operator==(const without_a_constructor& a, const without_a_constructor& b) { return a.v == b.v; }
    friend without_a_constructor expm1(const without_a_constructor& a) { return a; }
};
static_assert(!cdl::scalar<without_a_constructor>);

static_assert(!cdl::scalar<int> && !cdl::scalar<unsigned char> && !cdl::scalar<bool>);

} // namespace archetypes

using archetypes::minimal;

template <>
class std::numeric_limits<minimal> : public std::numeric_limits<double> {
public:
    static minimal infinity() { return minimal(std::numeric_limits<double>::infinity()); }
    static minimal lowest() { return minimal(std::numeric_limits<double>::lowest()); }
};

TEST_CASE("The formulas ask of a scalar nothing that the concept does not") {
    using cdl::log_snr;
    const log_snr<minimal> a{minimal(1.5)}, zeta{minimal(-0.5)};
    const log_snr<double> a_double{1.5}, zeta_double{-0.5};
    CHECK(compose(a, zeta).value.v == compose(a_double, zeta_double).value);
    CHECK(composition_gap(a, zeta).v == composition_gap(a_double, zeta_double));
    CHECK(share_of_noise(a, zeta).b.v == share_of_noise(a_double, zeta_double).b);
    CHECK(composed_noise_power(a, zeta).v == composed_noise_power(a_double, zeta_double));
    CHECK(cdl::channel::posterior(a, zeta).from_z.v == cdl::channel::posterior(a_double, zeta_double).from_z);
    CHECK(cdl::channel::posterior_from_noise(a, zeta).from_other.v ==
          cdl::channel::posterior_from_noise(a_double, zeta_double).from_other);
    CHECK(cdl::from_alpha_bar(minimal(0.25)).value.v == cdl::from_alpha_bar(0.25).value);
    CHECK(cdl::from_edm_sigma(minimal(0.25)).value.v == cdl::from_edm_sigma(0.25).value);
}

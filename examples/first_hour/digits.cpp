// SPDX-License-Identifier: MIT
// One identity in float, double and 50 digits: sigmoid(compose(a, zeta)) = sigmoid(a) sigmoid(zeta) [CDL eq. 5], and the
// density of a mixture at a noisy level. Needs Boost.Multiprecision.

#include <cdl/cdl.hpp>

#include <boost/multiprecision/cpp_bin_float.hpp>

#include <iostream>

// Expression templates off: every result is a number.
using fifty = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<50>, boost::multiprecision::et_off>;

template <class T>
void check(const char* name) {
    using namespace cdl;
    using std::abs;
    const log_snr<T> a{T(40)}, zeta{T(41)};
    const T gap = composition_gap(a, zeta); // a - compose(a, zeta), to all its digits: log1p(e^-1 + e^-41)
    const T off = signal_power(compose(a, zeta)) - signal_power(a) * signal_power(zeta);
    const distribution::gaussian_mixture<T, 1> data({T(1), T(2)}, {T(-2), T(1)}, {T(3) / T(10), T(1) / T(2)});
    const T log_p = data.log_density(std::array{T(1) / T(2)}, log_snr<T>{T(1)});
    std::cout.precision(std::numeric_limits<T>::max_digits10 - 3);
    std::cout << name << "\n  gap      " << gap << "\n  log p_1  " << log_p
              << "\n  off by at most 4 epsilon: " << (abs(off) <= 4 * std::numeric_limits<T>::epsilon() ? "yes" : "no")
              << '\n';
}

int main() {
    check<float>("float");
    check<double>("double");
    check<fifty>("50 digits");
}

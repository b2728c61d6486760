// SPDX-License-Identifier: MIT
// Prints every number whose bits are promised, in hexadecimal. Built by two compilers on one machine, the two
// outputs must be equal: see compare_compilers.sh.

#include <cdl/exec/serial.hpp>
#if defined(CDL_HAS_OPENMP)
#include <cdl/exec/openmp.hpp>
#elif defined(CDL_HAS_SIMD)
#include <cdl/exec/simd.hpp>
#endif

#include <determinism/values.hpp>

#include <cstdio>

namespace {

void print(const char* what, const std::vector<double>& numbers) {
    std::printf("%s %016llx\n", what, static_cast<unsigned long long>(determinism::fnv(numbers)));
    for (const double number : numbers) std::printf("%s %a\n", what, number);
}

template <class P>
void print_all(const char* name, const P& policy) {
    using namespace determinism;
    std::printf("policy %s\n", name);
    print("noise", noise(policy));
    print("isotropic", samples<covariance::isotropic>(policy, 7));
    print("diagonal", samples<covariance::diagonal>(policy, 8));
    print("estimates", estimates(policy));
}

} // namespace

int main() {
    print_all("serial", cdl::exec::serial{});
#if defined(CDL_HAS_SIMD)
    print_all("simd", cdl::exec::simd{});
#endif
#if defined(CDL_HAS_OPENMP)
    print_all("1 thread", cdl::exec::openmp{.threads = 1, .alone = 0});
    print_all("2 threads", cdl::exec::openmp{.threads = 2, .alone = 0});
    print_all("7 threads", cdl::exec::openmp{.threads = 7, .alone = 0});
#endif
}

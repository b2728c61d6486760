// SPDX-License-Identifier: MIT
// The main of test_cuda. Without a device it checks that exec::thrust says so, and exits with 77, which ctest counts as
// skipped.

#define DOCTEST_CONFIG_IMPLEMENT
#include <cdl/exec/thrust.hpp>

#include <doctest/doctest.h>
#include <thrust/system/cuda/execution_policy.h>

#include <cstdio>
#include <string>

namespace {

/// A body that does nothing.
struct nothing {
    CDL_HD void operator()(cdl::index_t) const {}
    template <class S>
    CDL_HD S operator()(cdl::lanes<S>) const {
        return S(0);
    }
};

/// Whether `action` throws a cuda_error that names the call.
template <class Action>
bool names(const std::string& call, const Action& action) {
    try {
        action();
    } catch (const cdl::exec::cuda_error& error) {
        const std::string text = error.what();
        std::printf("  %s\n", text.c_str());
        return error.status != cudaSuccess && text.starts_with("cdl::exec::thrust: " + call);
    }
    std::printf("  no exception where %s was expected\n", call.c_str());
    return false;
}

bool refuses_without_device() {
    const cdl::exec::thrust policy{::thrust::cuda::par};
    const double number = 1;
    const bool named[] = {
        names("cudaMallocAsync of 24 bytes", [&] { policy.allocate<double>(3); }),
        names("cudaMallocAsync of 8 bytes", [&] { policy.put(&number, 1); }),
        names("cudaMallocAsync of 8 bytes", [&] { policy.sum_over<double>(3, nothing{}); }),
        names("thrust::for_each_n", [&] { policy.for_each_index(3, nothing{}); }),
    };
    for (const bool right : named)
        if (!right) return false;
    return policy.allocate<double>(0).size() == 0; // nothing is asked of a device for no numbers
}

} // namespace

int main(int argc, char** argv) {
    int devices = 0;
    const cudaError_t status = cudaGetDeviceCount(&devices);
    if (status == cudaSuccess && devices > 0) return doctest::Context(argc, argv).run();
    cudaGetLastError();
    std::printf("test_cuda: no CUDA device here (%s): the tests on a device are skipped\n",
                status == cudaSuccess ? "none found" : cudaGetErrorString(status));
    std::printf("without a device the policy says:\n");
    if (refuses_without_device()) return 77;
    std::printf("test_cuda: an error without a device is not reported as it should be\n");
    return 1;
}

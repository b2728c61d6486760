// SPDX-License-Identifier: MIT
#pragma once

// The matrix products of exec/point_products on a device, by cuBLAS. Compiled by nvcc only; link cublas.

#include <cdl/exec/cuda.hpp>
#include <cdl/exec/detail/point_products.hpp>

#include <cublas_v2.h>

namespace cdl::exec::detail {

/// Throws std::runtime_error unless the call succeeded.
inline void require_success(cublasStatus_t status, const char* call) {
    if (status != CUBLAS_STATUS_SUCCESS)
        throw std::runtime_error(std::string("cdl::exec::point_products: ") + call + ": " +
                                 cublasGetStatusString(status));
}

/// The same in the order of the policy's stream, in full precision (no TF32).
template <>
class point_products<device> {
public:
    template <policy P>
    explicit point_products(const P& policy) {
        require_success(cublasCreate(&handle_), "cublasCreate");
        require_success(cublasSetStream(handle_, policy.stream()), "cublasSetStream");
        require_success(cublasSetMathMode(handle_, CUBLAS_PEDANTIC_MATH), "cublasSetMathMode");
    }
    point_products(const point_products&) = delete;
    point_products& operator=(const point_products&) = delete;
    ~point_products() { cublasDestroy(handle_); }

    template <class T>
    void inner_products(const T* z, index_t m, const T* x, index_t n, index_t d, T* g) const {
        product(CUBLAS_OP_T, CUBLAS_OP_N, m, n, d, z, d, x, d, T(0), g, m);
    }
    template <class T>
    void add_weighted(const T* w, index_t m, const T* x, index_t n, index_t d, T* sums) const {
        product(CUBLAS_OP_N, CUBLAS_OP_T, d, m, n, x, d, w, m, T(1), sums, d);
    }

private:
    /// c = a b + beta c, matrices by columns, as BLAS has them.
    template <class T>
    void product(cublasOperation_t op_a, cublasOperation_t op_b, index_t rows, index_t columns, index_t inner,
                 const T* a, index_t stride_a, const T* b, index_t stride_b, T beta, T* c, index_t stride_c) const {
        const T one = T(1);
        if constexpr (std::is_same_v<T, float>)
            require_success(cublasSgemm_64(handle_, op_a, op_b, rows, columns, inner, &one, a, stride_a, b, stride_b,
                                           &beta, c, stride_c),
                            "cublasSgemm");
        else
            require_success(cublasDgemm_64(handle_, op_a, op_b, rows, columns, inner, &one, a, stride_a, b, stride_b,
                                           &beta, c, stride_c),
                            "cublasDgemm");
    }

    cublasHandle_t handle_ = nullptr;
};

} // namespace cdl::exec::detail

// SPDX-License-Identifier: MIT
#pragma once

// Point denoisers made of point denoisers: what they are made of is asked twice at the same point, and the second answer
// needs a place.

#include <cdl/denoiser/concept.hpp>

namespace cdl::denoiser::detail {

/// The dimension that the type of a point knows; `dynamic` where it knows none.
template <class Z>
constexpr index_t static_dim_of() {
    if constexpr (requires { Z::static_dim; })
        return Z::static_dim;
    else
        return dynamic;
}

/// Room for a point of S: in registers, or, where the dimension is dynamic and above `local_point_capacity`, allocated.
/// Allocated on the host only: `points_in_registers` of a denoiser that uses it makes batches of a device be refused.
template <class S, index_t D>
class scratch_point {
public:
    CDL_HD explicit scratch_point(index_t dim) : dim_(dim) {
#if !defined(__CUDA_ARCH__)
        if (D == dynamic && dim > local_point_capacity) allocated_ = new S[static_cast<std::size_t>(dim)];
#endif
    }
    CDL_HD ~scratch_point() {
#if !defined(__CUDA_ARCH__)
        delete[] allocated_;
#endif
    }
    scratch_point(const scratch_point&) = delete;
    scratch_point& operator=(const scratch_point&) = delete;

    CDL_HD point_view<S, D> view() { return {allocated_ != nullptr ? allocated_ : local_, dim_}; }

private:
    S local_[static_cast<std::size_t>(D == dynamic ? local_point_capacity : D)];
    S* allocated_ = nullptr;
    index_t dim_;
};

/// Whether F, or what it is made of, uses such room.
template <class F>
constexpr bool in_registers() {
    if constexpr (requires { F::points_in_registers; })
        return F::points_in_registers;
    else
        return false;
}

/// Knows its dimension.
template <class F>
concept of_known_dim = requires(const F f) { f.dim(); };

/// The memory of the first of the parts that says where its parameters lie; nothing where none does.
template <class... F>
struct in_space_of {};
template <class F, class... Rest>
    requires requires { typename F::space; }
struct in_space_of<F, Rest...> {
    using space = typename F::space; ///< where the parameters lie
};
template <class F, class... Rest>
    requires(!requires { typename F::space; })
struct in_space_of<F, Rest...> : in_space_of<Rest...> {};

/// Whether two parts may run together: neither, one, or both say the same of their memory.
template <class F, class G>
constexpr bool in_one_space() {
    if constexpr (requires {
                      typename F::space;
                      typename G::space;
                  })
        return std::is_same_v<typename F::space, typename G::space>;
    else
        return true;
}

} // namespace cdl::denoiser::detail

// SPDX-License-Identifier: MIT
#pragma once

// In what kernel values are added up.

#include <type_traits>

namespace cdl::metric {

/// The scalar in which many values of T are added: double for float, else T itself.
template <class T>
using sum_scalar_t = std::conditional_t<std::is_same_v<T, float>, double, T>;

} // namespace cdl::metric

// SPDX-License-Identifier: MIT
#pragma once
/// \file
/// The version of cdl. The build files (CMake, Conan, Doxygen) read it from here, so it is written once.

#define CDL_VERSION_MAJOR 0
#define CDL_VERSION_MINOR 1
#define CDL_VERSION_PATCH 0

#define CDL_DETAIL_TEXT_(number) #number
#define CDL_DETAIL_TEXT(number) CDL_DETAIL_TEXT_(number)
/// "major.minor.patch" as a string literal.
#define CDL_VERSION_STRING                                                                                             \
    CDL_DETAIL_TEXT(CDL_VERSION_MAJOR)                                                                                 \
    "." CDL_DETAIL_TEXT(CDL_VERSION_MINOR) "." CDL_DETAIL_TEXT(CDL_VERSION_PATCH)

namespace cdl {

/// The version as text, e.g. "0.1.0".
inline constexpr char version[] = CDL_VERSION_STRING;

} // namespace cdl

# The third parties of cdl. Used by the build tree and, installed, by cdl-config.cmake: a component is the same target
# in both, and no path of this machine is written into the installed package.

set(CDL_COMPONENTS simd openmp xtensor)

# Find Eigen. Its own version file refuses a range that spans 3.4 and 5, hence the check by hand.
# `reason` is set to a sentence when there is no suitable Eigen, else to nothing.
macro(cdl_find_eigen reason)
  set(${reason} "")
  if(NOT TARGET Eigen3::Eigen)
    find_package(Eigen3 CONFIG QUIET)
    if(NOT Eigen3_FOUND)
      set(${reason} "Eigen 3.4 or newer is needed (Debian/Ubuntu: libeigen3-dev, Conan: eigen)")
    elseif(Eigen3_VERSION VERSION_LESS 3.4 OR Eigen3_VERSION VERSION_GREATER_EQUAL 6)
      set(${reason} "Eigen >= 3.4 and < 6 is needed, found ${Eigen3_VERSION} in ${Eigen3_DIR}")
    endif()
  endif()
endmacro()

# Create cdl::<component> if its third party is here; else create nothing. A further argument GLOBAL makes it visible
# in the whole project.
function(cdl_add_component component)
  if(TARGET cdl::${component})
    return()
  endif()
  set(needs cdl::cdl)
  set(include "")
  if(component STREQUAL "simd")
    # Its headers alone: Debian's target links a library xtl that it neither finds nor (but for complex numbers) needs.
    find_package(xsimd CONFIG QUIET)
    if(NOT TARGET xsimd)
      return()
    endif()
    set(include $<TARGET_PROPERTY:xsimd,INTERFACE_INCLUDE_DIRECTORIES>)
  elseif(component STREQUAL "openmp") # the policy runs SIMD code inside its threads
    find_package(OpenMP QUIET COMPONENTS CXX)
    cdl_add_component(simd ${ARGN})
    list(APPEND needs OpenMP::OpenMP_CXX cdl::simd)
  elseif(component STREQUAL "xtensor")
    find_package(xtensor CONFIG QUIET)
    list(APPEND needs xtensor)
  else()
    return()
  endif()
  foreach(target IN LISTS needs)
    if(NOT TARGET ${target})
      return()
    endif()
  endforeach()
  add_library(cdl::${component} INTERFACE IMPORTED ${ARGN})
  target_link_libraries(cdl::${component} INTERFACE ${needs})
  target_include_directories(cdl::${component} INTERFACE ${include})
endfunction()

# The third parties of cdl. Used by the build tree and, installed, by cdl-config.cmake: a component is the same target
# in both, and no path of this machine is written into the installed package.

set(CDL_KNOWN_COMPONENTS simd openmp xtensor thrust cuda torch)

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

# Set `reason` to a sentence about a component that could not be created.
function(cdl_describe_missing component reason)
  list(JOIN CDL_KNOWN_COMPONENTS ", " known)
  set(${reason} "component '${component}' is unknown or its third party was not found (components: ${known})" PARENT_SCOPE)
endfunction()

# Create cdl::<component> if its third party is here; else create nothing. A further argument GLOBAL makes it visible
# in the whole project.
function(cdl_add_component component)
  if(TARGET cdl::${component})
    return()
  endif()
  set(needs cdl::cdl)
  set(include "")
  set(define "")
  set(cuda_options "")
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
  elseif(component STREQUAL "thrust") # for g++ and clang; nvcc finds its own Thrust and takes cdl::cuda
    # Of an installed CCCL or of the CUDA Toolkit. Not through CCCL's own package, which would add a dozen targets to the
    # project of whoever uses cdl. An old Thrust, such as Debian's, is as good as none.
    find_package(CUDAToolkit QUIET)
    find_package(OpenMP QUIET COMPONENTS CXX)
    find_path(CDL_THRUST_INCLUDE_DIR thrust/version.h HINTS ${CUDAToolkit_INCLUDE_DIRS} PATH_SUFFIXES cccl)
    mark_as_advanced(CDL_THRUST_INCLUDE_DIR)
    if(NOT CDL_THRUST_INCLUDE_DIR)
      return()
    endif()
    file(STRINGS ${CDL_THRUST_INCLUDE_DIR}/thrust/version.h version REGEX "^#define THRUST_VERSION [0-9]+")
    string(REGEX REPLACE "[^0-9]*([0-9]+).*" "\\1" version "${version}")
    if(version LESS 200000)
      return()
    endif()
    set(include ${CDL_THRUST_INCLUDE_DIR})
    set(define THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP)
    if(TARGET OpenMP::OpenMP_CXX)
      list(APPEND needs OpenMP::OpenMP_CXX)
      set(define THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_OMP)
    endif()
  elseif(component STREQUAL "cuda") # for nvcc: also link it to targets of .cu files
    find_package(CUDAToolkit QUIET)
    list(APPEND needs CUDA::cudart CUDA::cublas)
    # The suppressed numbers are Eigen's own: host functions that its device functions mention and never call.
    set(cuda_options --expt-relaxed-constexpr "SHELL:-diag-suppress 20012,20013,20014,20015")
    if(CMAKE_VERSION VERSION_LESS 3.25.2) # these do not know that nvcc speaks C++20
      list(APPEND cuda_options -std=c++20)
    endif()
  elseif(component STREQUAL "torch")
    find_package(Torch CONFIG QUIET)
    list(APPEND needs torch)
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
  target_compile_definitions(cdl::${component} INTERFACE ${define})
  target_compile_options(cdl::${component} INTERFACE "$<$<COMPILE_LANGUAGE:CUDA>:${cuda_options}>")
  if(component STREQUAL "cuda" AND CMAKE_VERSION VERSION_GREATER_EQUAL 3.25.2)
    target_compile_features(cdl::cuda INTERFACE cuda_std_20)
  endif()
endfunction()

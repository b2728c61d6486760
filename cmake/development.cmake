# What tests, examples and benchmarks have in common. Never reached from a project that only uses cdl.

enable_testing()

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

set(CMAKE_CXX_EXTENSIONS OFF)

find_program(CDL_CCACHE ccache)
if(CDL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths inside the checkout count as relative ones, so that a fresh clone finds what another one has compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=true
                                  ${CDL_CCACHE})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()

# clang, unlike g++, counts sign conversions to -Wconversion.
set(CDL_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wdouble-promotion)

# cdl with every component that this machine can build; `cuda` is for units of nvcc, which are built on demand, and `torch` for
# those alone that use it: a program that links LibTorch takes a second to start.
add_library(cdl_all INTERFACE)
target_link_libraries(cdl_all INTERFACE cdl::cdl)
foreach(component IN LISTS CDL_KNOWN_COMPONENTS)
  if(NOT CDL_COMPONENTS)
    cdl_add_component(${component} GLOBAL)
  endif()
  string(TOUPPER ${component} macro)
  if(component STREQUAL "cuda")
    continue()
  elseif(component STREQUAL "torch" AND TARGET cdl::torch)
    message(STATUS "cdl: component torch: yes")
  elseif(TARGET cdl::${component})
    target_link_libraries(cdl_all INTERFACE cdl::${component})
    target_compile_definitions(cdl_all INTERFACE CDL_HAS_${macro})
    message(STATUS "cdl: component ${component}: yes")
  else()
    message(STATUS "cdl: component ${component}: no (not built, not tested)")
  endif()
endforeach()

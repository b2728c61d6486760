# The component `torch` is made of what this machine has, as in cdl's own CMake package.
include(${CMAKE_CURRENT_LIST_DIR}/cdl-components.cmake)
cdl_add_component(torch)
if(NOT TARGET cdl::torch)
  message(FATAL_ERROR "cdl: the option with_torch needs LibTorch 1.13 or newer, which CMake does not find here (CMAKE_PREFIX_PATH)")
endif()

# The component `cuda` is made of what this machine has, as in cdl's own CMake package.
include(${CMAKE_CURRENT_LIST_DIR}/cdl-components.cmake)
cdl_add_component(cuda)
if(NOT TARGET cdl::cuda)
  message(FATAL_ERROR "cdl: the option with_cuda needs the CUDA Toolkit, which CMake does not find here (CMAKE_PREFIX_PATH)")
endif()

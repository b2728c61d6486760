# The component `thrust` is made of what this machine has, as in cdl's own CMake package.
include(${CMAKE_CURRENT_LIST_DIR}/cdl-components.cmake)
cdl_add_component(thrust)
if(NOT TARGET cdl::thrust)
  message(FATAL_ERROR "cdl: the option with_thrust needs Thrust 2 or newer (the CUDA Toolkit, or CCCL), which CMake does not find here (CMAKE_PREFIX_PATH)")
endif()

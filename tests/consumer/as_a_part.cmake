# As part of another project cdl is the library and nothing else.
get_property(targets DIRECTORY ${cdl_SOURCE_DIR} PROPERTY BUILDSYSTEM_TARGETS)
if(NOT targets STREQUAL "cdl")
  message(FATAL_ERROR "cdl adds the targets ${targets} to its consumer")
endif()
install(TARGETS consumer)

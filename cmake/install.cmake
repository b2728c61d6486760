include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# share/, not lib/: the package has no compiled part, one tree serves every architecture.
set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/cdl)

install(TARGETS cdl EXPORT cdl-targets FILE_SET HEADERS)
install(EXPORT cdl-targets NAMESPACE cdl:: DESTINATION ${package_dir})
configure_package_config_file(cmake/cdl-config.cmake.in cdl-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(cdl-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/cdl-config.cmake
              ${PROJECT_BINARY_DIR}/cdl-config-version.cmake
              ${PROJECT_SOURCE_DIR}/cmake/cdl-components.cmake
        DESTINATION ${package_dir})

# The way from the .pc file back to the prefix, so that the tree can be moved.
file(RELATIVE_PATH CDL_PC_PREFIX /${CMAKE_INSTALL_DATADIR}/pkgconfig /)
configure_file(cmake/cdl.pc.in cdl.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cdl.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/cdl)

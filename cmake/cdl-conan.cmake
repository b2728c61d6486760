# Conan's CMakeDeps makes targets without compile features; the library's own CMake package has this one, too.
target_compile_features(cdl::cdl INTERFACE cxx_std_20)

from conan import ConanFile
from conan.tools.system.package_manager import Apt


class XtensorSystem(ConanFile):
    name = "xtensor"
    package_type = "header-library"
    settings = "os", "arch"
    options = {"xsimd": [True, False]}
    default_options = {"xsimd": True}

    def package_id(self):
        self.info.clear()

    def system_requirements(self):
        Apt(self).install(["libxtensor-dev"])

    def package_info(self):
        # The compiler looks into /usr/include unasked.
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.includedirs = []
        self.cpp_info.set_property("cmake_file_name", "xtensor")
        self.cpp_info.set_property("cmake_target_name", "xtensor")
        self.cpp_info.set_property("pkg_config_name", "xtensor")

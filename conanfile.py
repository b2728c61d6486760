import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.files import copy, load
from conan.tools.layout import basic_layout

required_conan_version = ">=2.0"


class CdlConan(ConanFile):
    name = "cdl"
    description = "A diffusion model's denoiser as density estimator and noise classifier"
    license = "MIT"
    topics = ("header-only", "diffusion-models", "density-estimation", "denoising")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"with_simd": [True, False], "with_openmp": [True, False], "with_xtensor": [True, False],
               "with_thrust": [True, False], "with_cuda": [True, False], "with_torch": [True, False]}
    default_options = {
        "with_simd": True,
        "with_openmp": True,
        "with_xtensor": False,
        "with_thrust": False,  # of the CUDA Toolkit or of an installed CCCL: Conan Center has neither
        "with_cuda": False,
        "with_torch": False,  # LibTorch of the machine, too: most people have one, and it must be their program's
        "xtensor/*:xsimd": False,  # it pins another xsimd; cdl only looks at xtensor's memory
    }
    exports_sources = "include/*", "cmake/cdl-conan*.cmake", "cmake/cdl-components.cmake", "LICENSE"
    no_copy_source = True

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, "include", "cdl", "version.hpp"))
        self.version = ".".join(re.findall(r"#define CDL_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header))

    def layout(self):
        basic_layout(self)

    def requirements(self):
        self.requires("eigen/[>=3.4 <6]")
        if self.options.with_simd:
            self.requires("xsimd/[>=8.1 <15]")
        if self.options.with_xtensor:
            self.requires("xtensor/[>=0.24 <1]")

    def package_id(self):
        self.info.clear()

    def validate(self):
        # No check of compiler.cppstd, which is gnu17 in Conan's default profile for g++ 12: the CMake target asks for
        # C++20, and the headers refuse anything older.
        if self.options.with_openmp and not self.options.with_simd:
            raise ConanInvalidConfiguration("with_openmp needs with_simd: the threads run SIMD code")

    def package(self):
        copy(self, "*.hpp", os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))
        copy(self, "*.cmake", os.path.join(self.source_folder, "cmake"),
             os.path.join(self.package_folder, "share", "cdl"))
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.set_property("cmake_file_name", "cdl")
        self.cpp_info.set_property("pkg_config_name", "cdl-all")
        modules = ["cdl-conan.cmake"]
        modules += [f"cdl-conan-{name}.cmake" for name in ("thrust", "cuda", "torch") if self.options.get_safe(f"with_{name}")]
        self.cpp_info.set_property("cmake_build_modules", [os.path.join("share", "cdl", name) for name in modules])
        # The same targets as those of cdl's own CMake package.
        self._component("cdl", "eigen::eigen3").set_property("pkg_config_name", "cdl")
        if self.options.with_simd:
            self._component("simd", "cdl", "xsimd::xsimd")
        if self.options.with_openmp:
            openmp = self._component("openmp", "cdl", "simd")
            flag = "-openmp" if self.settings.get_safe("compiler") == "msvc" else "-fopenmp"
            openmp.cxxflags = openmp.exelinkflags = openmp.sharedlinkflags = [flag]
        if self.options.with_xtensor:
            self._component("xtensor", "cdl", "xtensor::xtensor")

    def _component(self, name, *requires):
        component = self.cpp_info.components[name]
        component.bindirs = []
        component.libdirs = []
        component.includedirs = ["include"]
        component.requires = list(requires)
        component.set_property("cmake_target_name", f"cdl::{name}")
        component.set_property("cmake_components", [name])
        return component

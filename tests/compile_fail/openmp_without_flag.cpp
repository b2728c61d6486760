// The openmp policy without OpenMP would be serial without a word.
// flags: -fno-openmp
// expect: cdl: exec/openmp needs OpenMP
#include <cdl/exec/openmp.hpp>

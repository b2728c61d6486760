// Thrust without nvcc must be told its system: its own choice would be CUDA.
// expect: cdl: exec/thrust (without nvcc needs a host system|needs Thrust \(CCCL)
#include <cdl/exec/thrust.hpp>

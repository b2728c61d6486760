// Thrust without nvcc must be told its system: its own choice would be CUDA.
// expect: cdl: adapter/thrust_vector (without nvcc needs a host system|needs Thrust \(CCCL)
#include <cdl/adapter/thrust_vector.hpp>

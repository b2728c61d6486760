// A Thrust from before CCCL that lies first in the include path.
// flags: -DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP -I{here}/old_thrust
// expect: cdl: exec/thrust needs Thrust 2 or newer
#include <cdl/exec/thrust.hpp>

// The address of memory that is given back at the end of the line is refused.
// expect: the address would outlive the temporary: give the buffer a name
#include <cdl/exec/serial.hpp>

double* dangling() {
    return cdl::exec::serial{}.allocate<double>(3).data();
}

// What needs only Eigen asks no object for its type.
// flags: -fno-rtti
// expect: success
#include <cdl/cdl.hpp>

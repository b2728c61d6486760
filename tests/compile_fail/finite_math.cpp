// The part of -ffast-math that does the harm is refused as well.
// flags: -ffinite-math-only
// expect: cdl refuses -ffast-math
#include <cdl/core/config.hpp>

// Infinite log-SNRs are ordinary values: a compiler told that they never occur must not be given these headers.
// flags: -ffast-math
// expect: cdl refuses -ffast-math
#include <cdl/core/config.hpp>

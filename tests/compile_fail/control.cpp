// The control: the same command accepts a correct program.
// expect: success
#include <cdl/core/config.hpp>
#include <cdl/version.hpp>

#include <Eigen/Core>

static_assert(sizeof(cdl::version) > 1);

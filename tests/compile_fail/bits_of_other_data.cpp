// The bits of a density and the bits of bytes are not numbers of the same kind.
// expect: no match for [^a-z]*operator-|invalid operands to binary expression
#include <cdl/density/data_scale.hpp>

auto better_by(cdl::density::bits_per_dim_of<cdl::density::continuous_data, double> density,
               cdl::density::bits_per_dim_of<cdl::density::discrete_data<256>, double> bytes) {
    return density - bytes;
}

// Bits of a density are not below or above bits of bytes.
// expect: no match for [^a-z]*operator<|invalid operands to binary expression
#include <cdl/density/data_scale.hpp>

bool is_better(cdl::density::bits_per_dim_of<cdl::density::continuous_data, double> density,
               cdl::density::bits_per_dim_of<cdl::density::discrete_data<256>, double> bytes) {
    return density < bytes;
}

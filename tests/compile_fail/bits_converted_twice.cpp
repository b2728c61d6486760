// Bits of bytes are not made bits of bytes once more: the "+ 7" is for densities.
// expect: no matching function for call to [^a-z]*as_discrete
#include <cdl/density/data_scale.hpp>

auto twice(cdl::density::bits_per_dim_of<cdl::density::discrete_data<256>, double> bits) {
    return cdl::density::as_discrete(bits, cdl::density::eight_bit());
}

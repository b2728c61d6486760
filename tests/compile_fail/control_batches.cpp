// The control of the views: the same uses, right.
// expect: success
#include <cdl/adapter/eigen.hpp>
#include <cdl/channel/composition.hpp>
#include <cdl/channel/noising.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/exec/serial.hpp>

#include <vector>

auto named(std::vector<double>& v, Eigen::MatrixXd& m) {
    return cdl::as_batch(v).size() + cdl::as_batch(m).size();
}

using rows = Eigen::Matrix<double, Eigen::Dynamic, 2, Eigen::RowMajor>;
auto said(rows& m, const Eigen::Matrix<double, Eigen::Dynamic, 2>& n) {
    return cdl::as_batch_of_rows(m).size() + cdl::as_batch_of_columns(m).size() + cdl::as_batch_of_rows(n).size() +
           cdl::as_batch_of_rows(Eigen::Map<rows>(m.data(), 1, 2)).size();
}

auto optimal(const cdl::distribution::gaussian_mixture<double, 1, cdl::distribution::covariance::isotropic>& mixture) {
    return cdl::denoiser::optimal(mixture);
}

void write(std::vector<double>& eps, cdl::batch_view<double> batch) {
    cdl::channel::draw_noise(cdl::exec::serial{}, cdl::random::noise_stream{}, 0, eps);
    batch(0, 0) = cdl::load(batch, cdl::lanes<double>{0, 1}, 0);
}

cdl::batch_view<double, 3> as_space(cdl::batch_view<double> unknown) {
    return cdl::batch_view<double, 3>(unknown);
}
cdl::batch_view<const double> forget(cdl::batch_view<double, 3> space) {
    return space;
}

auto both(cdl::log_snr<float> a, cdl::log_snr<float> zeta) {
    return signal_scale(compose(a, zeta));
}

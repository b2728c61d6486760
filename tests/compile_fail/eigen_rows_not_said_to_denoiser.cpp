// Nor are references to such matrices, where points are noisy points, outputs or data.
// expect: an Eigen matrix that is row-major, or has a fixed number of columns, may hold a point in each row .n x d. or in each column .d x n.: say which by as_batch_of_rows.m. or as_batch_of_columns.m.
// flags: -Wfatal-errors
#include <cdl/cdl.hpp>

using rows = Eigen::Ref<Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

void noised(const Eigen::MatrixXf& x, const Eigen::MatrixXf& eps, rows z) {
    cdl::channel::add_noise(cdl::exec::serial{}, x, cdl::log_snr<float>{1.0f}, eps, z);
}

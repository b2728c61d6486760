// SPDX-License-Identifier: MIT
#pragma once

// What the variational objective costs at the two ends of the schedule, where no denoiser is asked: the prior loss at t = 1, in
// closed form, and the reconstruction loss at t = 0.

#include <cdl/channel/noising.hpp>
#include <cdl/density/prior_loss.hpp>
#include <cdl/density/reconstruction_loss.hpp>

namespace cdl::objective::detail {

/// What the cleanest latent costs: -log p(x | z_0) of continuous data, which does not depend on x, or of discrete data,
/// for one draw of z_0.
template <class Data, class T>
class decoder {
public:
    decoder(const density::continuous_data&, log_snr<T> cleanest)
        : of_coordinate_(density::continuous_reconstruction_loss(cleanest, 1)) {}

    template <class S, class X>
    CDL_HD S loss(const X& x, lanes<S>, const random::noise_stream&, index_t) const {
        return S(S(static_cast<lane_t<S>>(static_cast<double>(x.dim()))) * S(of_coordinate_));
    }
    template <class S, class X>
    CDL_HD S slope(const X& x, lanes<S>, const random::noise_stream&, index_t) const {
        return S(S(static_cast<lane_t<S>>(static_cast<double>(x.dim()))) / S(-2));
    }

private:
    T of_coordinate_;
};

template <index_t Values, class T>
class decoder<density::discrete_data<Values>, T> {
public:
    /// The noise of z_0 has the addresses of coordinates from 2^24 on.
    static constexpr index_t first_block = index_t{1} << 23;

    decoder(const density::discrete_data<Values>& data, log_snr<T> cleanest) : data_(data), softmax_(data, cleanest) {}

    template <class S, class X>
    CDL_HD S loss(const X& x, lanes<S> i, const random::noise_stream& stream, index_t step) const {
        S sum = S(0);
        for (index_t j = 0; j < x.dim(); ++j) sum = S(sum + softmax_.loss(noise(i, stream, step, j), value(x, i, j)));
        return sum;
    }
    template <class S, class X>
    CDL_HD S slope(const X& x, lanes<S> i, const random::noise_stream& stream, index_t step) const {
        S sum = S(0);
        for (index_t j = 0; j < x.dim(); ++j) sum = S(sum + softmax_.slope(noise(i, stream, step, j), value(x, i, j)));
        return sum;
    }

private:
    template <class S>
    CDL_HD static S noise(lanes<S> i, const random::noise_stream& stream, index_t step, index_t j) {
        return channel::noise_at(stream, step, i, 2 * first_block + j);
    }
    template <class S, class X>
    CDL_HD S value(const X& x, lanes<S> i, index_t j) const {
        return gather(i, [&](index_t k) { return static_cast<lane_t<S>>(data_.index_of(x(k, j))); });
    }

    density::discrete_data<Values> data_;
    density::softmax_decoder<T> softmax_;
};

/// What does not depend on the denoiser: the losses of each point at the two ends.
template <class Decoder, class X, class T>
struct losses_at_ends {
    density::prior_at<T> prior_at;
    Decoder decoder;
    random::noise_stream stream;
    index_t step;
    X x;
    T *prior, *reconstruction;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        S sum = S(0);
        for (index_t j = 0; j < x.dim(); ++j) sum = S(sum + prior_at.loss(load<S>(x, i, j)));
        scatter(i, sum, [this](index_t k, const T& loss) { prior[k] = loss; });
        scatter(i, decoder.loss(x, i, stream, step), [this](index_t k, const T& loss) { reconstruction[k] = loss; });
    }
};

/// The derivative of a point's prior loss with respect to a_1, or of its reconstruction loss with respect to a_0.
template <class Decoder, class X, class T>
struct slopes_at_ends {
    density::prior_at<T> prior_at;
    Decoder decoder;
    random::noise_stream stream;
    index_t step;
    X x;
    bool of_prior;

    template <class S>
    CDL_HD S operator()(lanes<S> i) const {
        if (!of_prior) return decoder.slope(x, i, stream, step);
        S sum = S(0);
        for (index_t j = 0; j < x.dim(); ++j) sum = S(sum + prior_at.slope(load<S>(x, i, j)));
        return sum;
    }
};

} // namespace cdl::objective::detail

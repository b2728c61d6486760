// SPDX-License-Identifier: MIT
#include "trainer.hpp"

#include <cdl/core/checks.hpp>

#include "../support/input.hpp"
#include "../support/output.hpp"
#include "files.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numbers>

namespace experiments {
namespace {

constexpr std::string_view magic = "cdl training 1\n";
constexpr double smoothing = 0.98; ///< of the loss that is shown

/// Numbers as bytes, one after the other.
class writer {
public:
    template <class T>
    void number(T value) {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    template <class T>
    void numbers(const T* values, std::size_t count) {
        number(static_cast<std::uint64_t>(count));
        bytes_.append(reinterpret_cast<const char*>(values), count * sizeof(T));
    }
    std::string& bytes() { return bytes_; }

private:
    std::string bytes_{magic};
};

/// The same back again, from bytes whose checksum is right.
class reader {
public:
    reader(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

    template <class T>
    T number() {
        T value{};
        take(&value, sizeof value);
        return value;
    }
    template <class T>
    void numbers(T* values, std::size_t count, const char* what) {
        const auto got = number<std::uint64_t>();
        if (got != count)
            support::complain(file_, what, "must be " + std::to_string(count) + " numbers", std::to_string(got));
        take(values, count * sizeof(T));
    }
    std::string text() {
        std::string value(std::min(number<std::uint64_t>(), static_cast<std::uint64_t>(bytes_.size())), ' ');
        take(value.data(), value.size());
        return value;
    }

private:
    void take(void* to, std::size_t size) {
        if (size == 0) return;
        if (size > bytes_.size()) support::complain(file_, "file", "must be a whole checkpoint", "a truncated one");
        std::memcpy(to, bytes_.data(), size);
        bytes_.remove_prefix(size);
    }

    std::string_view bytes_;
    const std::string& file_;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

bool finite(double x) {
    return x - x == 0;
}

} // namespace

void training_settings::check() const {
    constexpr auto where = "experiments::training_settings";
    const auto decay = [&](double value, const char* argument) {
        cdl::require(value >= 0 && value < 1, where, argument, "must be in [0, 1)", value);
    };
    cdl::require(steps >= 1, where, "steps", "must be at least 1", steps);
    cdl::require(rate > 0 && finite(rate), where, "rate", "must be positive and finite", rate);
    cdl::require(warmup >= 0, where, "warmup", "must not be negative", warmup);
    cdl::require(weight_decay >= 0 && finite(weight_decay), where, "weight_decay", "must be at least 0 and finite",
                 weight_decay);
    cdl::require(clip >= 0 && finite(clip), where, "clip", "must be at least 0 and finite", clip);
    cdl::require(checkpoint_every >= 1, where, "checkpoint_every", "must be at least 1", checkpoint_every);
    cdl::require(label.find('\n') == std::string::npos, where, "label", "must be one line", "more");
    decay(mean_decay, "mean_decay"), decay(square_decay, "square_decay"), decay(ema, "ema");
}

double training_settings::rate_at(index_t step) const {
    if (step < warmup) return rate * static_cast<double>(step + 1) / static_cast<double>(warmup);
    if (!cosine) return rate;
    const double part = static_cast<double>(step - warmup) / static_cast<double>(steps - warmup);
    return rate * (1 + std::cos(std::numbers::pi * part)) / 2;
}

std::string training_settings::text() const {
    using support::text;
    return label + "; " + std::to_string(steps) + " steps of Adam(" + text(rate) + ", " + text(mean_decay) + ", " +
           text(square_decay) + "), warm-up " + std::to_string(warmup) + (cosine ? ", cosine" : ", constant") +
           ", weight decay " + text(weight_decay) + ", clip " + text(clip) + ", EMA " + text(ema);
}

trainer::trainer(torch::nn::Module& network, training_settings settings, std::string folder, std::vector<double>* extra)
    : network_(network), settings_(std::move(settings)), folder_(std::move(folder)), extra_(extra) {
    settings_.check();
    index_t count = 0;
    for (const auto& p : network_.parameters()) {
        cdl::require(p.scalar_type() == torch::kFloat && p.device().is_cpu(), "experiments::trainer", "network",
                     "must have parameters that are floats on the host", p.dtype().name());
        count += p.numel();
    }
    parameters_ = torch::empty({count});
    gradient_ = torch::zeros({count});
    index_t first = 0;
    for (auto& p : network_.parameters()) {
        const auto mine = parameters_.narrow(0, first, p.numel()).view(p.sizes());
        mine.copy_(p.detach());
        p.set_data(mine);
        p.mutable_grad() = gradient_.narrow(0, first, p.numel()).view(p.sizes());
        first += p.numel();
    }
    const auto size = static_cast<std::size_t>(count);
    mean_.assign(size, 0), square_.assign(size, 0);
    average_.assign(parameters_.data_ptr<float>(), parameters_.data_ptr<float>() + size);
    make_folder(folder_);
    resume();
}

double trainer::smoothed_loss() const {
    return loss_sum_ / loss_weight_;
}

void trainer::run(const std::function<double(index_t)>& step_function, progress& report) {
    if (averaged_) throw std::logic_error("trainer: the parameters are those of the average already");
    const auto start = std::chrono::steady_clock::now();
    const auto part = [this] { return static_cast<double>(step_) / static_cast<double>(settings_.steps); };
    const index_t log_every = std::max<index_t>(1, settings_.steps / 200);
    report.resumed_after(seconds_before_);
    report(part(), smoothed_loss());
    while (step_ < settings_.steps) {
        gradient_.zero_();
        const double loss = step_function(step_);
        if (!finite(loss))
            throw std::runtime_error("the loss of step " + std::to_string(step_) + " is " + support::text(loss) +
                                     ": training stopped; a lower rate may help");
        take_step();
        loss_sum_ = smoothing * loss_sum_ + (1 - smoothing) * loss;
        loss_weight_ = smoothing * loss_weight_ + (1 - smoothing);
        ++step_;
        if (step_ % log_every == 0 || step_ == settings_.steps)
            log_line(settings_.rate_at(step_ - 1), seconds_before_ + seconds_since(start));
        if (step_ % settings_.checkpoint_every == 0 || step_ == settings_.steps) save();
        report(part(), smoothed_loss());
    }
}

/// Adam [Kingma & Ba 2015, algorithm 1], its weight decay apart [Loshchilov & Hutter 2019, algorithm 2], and the average.
void trainer::take_step() {
    index_t first = 0;
    for (const auto& p : network_.parameters()) {
        if (!p.grad().defined() || p.grad().data_ptr() != gradient_.data_ptr<float>() + first)
            throw std::logic_error("trainer: the step function has replaced a gradient instead of adding to it");
        first += p.numel();
    }
    const auto size = static_cast<std::size_t>(first);
    auto* theta = parameters_.data_ptr<float>();
    auto* g = gradient_.data_ptr<float>();
    double squares = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const auto slope = static_cast<double>(g[i]);
        squares += slope * slope;
    }
    if (!finite(squares))
        throw std::runtime_error("the gradient of step " + std::to_string(step_) +
                                 " is not finite: training stopped; a lower rate may help");
    const double length = std::sqrt(squares);
    const auto shorter =
        static_cast<float>(settings_.clip > 0 && length > settings_.clip ? settings_.clip / length : 1);

    const auto taken = static_cast<double>(step_);
    const auto b1 = static_cast<float>(settings_.mean_decay), b2 = static_cast<float>(settings_.square_decay);
    const double rate = settings_.rate_at(step_);
    const auto of_mean = static_cast<float>(rate / (1 - std::pow(settings_.mean_decay, taken + 1)));
    const auto of_square = static_cast<float>(1 / (1 - std::pow(settings_.square_decay, taken + 1)));
    const auto kept = static_cast<float>(1 - rate * settings_.weight_decay);
    const auto stays = static_cast<float>(std::min(settings_.ema, (2 + taken) / (11 + taken)));
    for (std::size_t i = 0; i < size; ++i) {
        const float slope = shorter * g[i];
        mean_[i] += (1 - b1) * (slope - mean_[i]);
        square_[i] += (1 - b2) * (slope * slope - square_[i]);
        theta[i] = kept * theta[i] - of_mean * mean_[i] / (std::sqrt(of_square * square_[i]) + 1e-8f);
        average_[i] += (1 - stays) * (theta[i] - average_[i]);
    }
}

void trainer::use_average() {
    std::copy(average_.begin(), average_.end(), parameters_.data_ptr<float>());
    averaged_ = true;
}

void trainer::log_line(double rate, double seconds) {
    std::ofstream out(file("log.csv"), std::ios::app);
    if (out.tellp() == 0) out << "step,loss,rate,seconds\n";
    out << step_ << ',' << support::text(smoothed_loss()) << ',' << support::text(rate) << ',' << support::text(seconds)
        << '\n';
    out.close();
    if (!out) support::complain(file("log.csv"), "file", "must be one that can be written", "a write error");
}

/// The names and shapes of the parameters.
std::string trainer::shapes() const {
    std::string text;
    for (const auto& p : network_.named_parameters()) {
        text += (text.empty() ? "" : " ") + p.key();
        for (const auto size : p.value().sizes()) text += "," + std::to_string(size);
    }
    return text;
}

void trainer::save() const {
    const auto put = [](writer& to, const std::string& text) { to.numbers(text.data(), text.size()); };
    const auto size = static_cast<std::size_t>(parameters_.numel());
    writer state;
    put(state, settings_.text());
    put(state, shapes());
    state.number(std::int64_t{step_});
    state.number(loss_sum_);
    state.number(loss_weight_);
    state.numbers(parameters_.data_ptr<float>(), size);
    for (const auto* numbers : {&mean_, &square_, &average_}) state.numbers(numbers->data(), size);
    state.numbers(extra_ == nullptr ? nullptr : extra_->data(), extra_ == nullptr ? 0 : extra_->size());
    state.number(checksum(state.bytes()));
    write_whole(file("checkpoint.bin"), state.bytes());
}

void trainer::resume() {
    const std::string name = file("checkpoint.bin");
    if (!std::filesystem::exists(name)) {
        std::filesystem::remove(file("log.csv"));
        return;
    }
    const std::string all = read_file(name);
    std::string_view bytes = all;
    if (bytes.substr(0, magic.size()) != magic.substr(0, bytes.size()))
        support::complain(name, "file", "must be a checkpoint of this program", "another");
    std::uint64_t sum = 0;
    const bool long_enough = bytes.size() >= magic.size() + sizeof sum;
    if (long_enough) std::memcpy(&sum, bytes.data() + bytes.size() - sizeof sum, sizeof sum);
    if (!long_enough || checksum(bytes.substr(0, bytes.size() - sizeof sum)) != sum)
        support::complain(name, "file", "must be a whole checkpoint", "a truncated or damaged one");
    reader state(bytes.substr(magic.size()), name);
    if (const auto theirs = state.text(); theirs != settings_.text())
        throw support::bad_input(name + ": settings: must be those of this run, " + settings_.text() + "; got " +
                                 theirs + " (another --out, or without that folder)");
    if (state.text() != shapes()) support::complain(name, "network", "must be the one of this run", "another");
    const auto step = state.number<std::int64_t>();
    const auto loss_sum = state.number<double>(), loss_weight = state.number<double>();
    const auto size = static_cast<std::size_t>(parameters_.numel());
    state.numbers(parameters_.data_ptr<float>(), size, "parameters");
    for (auto* numbers : {&mean_, &square_, &average_}) state.numbers(numbers->data(), size, "moments");
    state.numbers(extra_ == nullptr ? nullptr : extra_->data(), extra_ == nullptr ? 0 : extra_->size(), "extra");
    step_ = step, loss_sum_ = loss_sum, loss_weight_ = loss_weight;
    seconds_before_ = resume_log();
}

/// Takes the lines that were written after the checkpoint out of the log. Returns the seconds of the last that stays.
double trainer::resume_log() {
    if (!std::filesystem::exists(file("log.csv"))) return 0;
    auto in = support::open(file("log.csv"));
    std::string line, kept;
    double seconds = 0;
    while (std::getline(in, line)) {
        if (in.eof() || (!kept.empty() && std::atoll(line.c_str()) > step_))
            break; // a last line without its end is cut, too
        kept += line + "\n";
        seconds = std::atof(line.c_str() + line.rfind(',') + 1);
    }
    write_whole(file("log.csv"), kept);
    return seconds;
}

} // namespace experiments

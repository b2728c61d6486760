// SPDX-License-Identifier: MIT
#pragma once

// What becomes of exceptions that bodies throw on several threads: the caller gets the one that a loop in order would
// have thrown, whatever the number of threads.

#include <cdl/core/index.hpp>

#include <atomic>
#include <exception>
#include <limits>
#include <mutex>

namespace cdl::exec::detail {

/// The exception of the lowest index among those that were thrown.
class first_exception {
public:
    /// Runs action() for index i, unless a lower index has thrown. Any thread.
    template <class Action>
    void guard(index_t i, const Action& action) noexcept {
        if (index_.load(std::memory_order_relaxed) < i) return;
        try {
            action();
        } catch (...) {
            const std::lock_guard lock(mutex_);
            if (i < index_.load(std::memory_order_relaxed)) {
                index_.store(i, std::memory_order_relaxed);
                thrown_ = std::current_exception();
            }
        }
    }

    /// Throws it, if there is one. When all threads are done.
    void rethrow() const {
        if (thrown_) std::rethrow_exception(thrown_);
    }

private:
    std::atomic<index_t> index_ = (std::numeric_limits<index_t>::max)();
    std::mutex mutex_;
    std::exception_ptr thrown_;
};

} // namespace cdl::exec::detail

// SPDX-License-Identifier: MIT
#pragma once

// Scratch memory that a policy allocates where it runs, and that is given back when the buffer goes.

#include <cdl/core/index.hpp>
#include <cdl/view/space.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace cdl::exec {

template <class T, class Space>
class buffer;

/// n numbers on the host, uninitialised, aligned for SIMD.
template <class T>
class buffer<T, host> {
public:
    explicit buffer(index_t size) : numbers_(new T[static_cast<std::size_t>(size)]), size_(size) {}
    buffer(const T* numbers, index_t size) : buffer(size) { std::copy_n(numbers, size, data()); }
    /// What is moved from is empty.
    buffer(buffer&& other) noexcept : numbers_(std::move(other.numbers_)), size_(std::exchange(other.size_, 0)) {}
    buffer& operator=(buffer&& other) noexcept {
        std::swap(numbers_, other.numbers_);
        std::swap(size_, other.size_);
        return *this;
    }

    T* data() const& { return numbers_.get(); }
    T* data() const&& = delete; // the address would outlive the temporary: give the buffer a name
    index_t size() const { return size_; }
    T& operator[](index_t i) const { return numbers_[static_cast<std::size_t>(i)]; }

private:
    std::unique_ptr<T[]> numbers_;
    index_t size_;
};

} // namespace cdl::exec

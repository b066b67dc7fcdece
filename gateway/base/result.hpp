#pragma once

#include <string>
#include <utility>
#include <variant>

// Errors as values: what failed, in words for the person who has to act on it.
namespace millrace {

struct Error {
    std::string text;  // What happened, where, and what to do about it.
};

// Either a T or an Error. Like std::expected (C++23), with the part of it that is needed here.
template <class T> class [[nodiscard]] Result {
  public:
    Result(T value) : content_(std::move(value)) {}
    Result(Error error) : content_(std::move(error)) {}

    bool has_value() const { return content_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    // REQUIRES: has_value()
    T& value() & { return std::get<0>(content_); }
    const T& value() const& { return std::get<0>(content_); }
    T&& value() && { return std::get<0>(std::move(content_)); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }

    // REQUIRES: !has_value()
    const Error& error() const { return std::get<1>(content_); }

  private:
    std::variant<T, Error> content_;
};

template <> class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error.text)), failed_(true) {}

    bool has_value() const { return !failed_; }
    explicit operator bool() const { return has_value(); }
    Error error() const { return {error_}; }

  private:
    std::string error_;
    bool failed_ = false;
};

}  // namespace millrace

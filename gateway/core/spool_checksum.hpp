#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

// The checksum of a row: CRC-32 over all its columns, its key among them, each with its length; so a row that got
// another's key, or whose columns ran into each other, is noticed like one with a flipped bit.
// Thread: any.
namespace millrace::spool {

class Checksum {
  public:
    // `table`: tells rows of different tables apart.
    explicit Checksum(std::string_view table) { add(table); }

    void add(std::string_view bytes);
    void add(std::int64_t value);

    std::int64_t value();

  private:
    void flush();

    std::array<char, 256> buffer_;  // Small pieces are summed together: zlib is quick with long ones.
    std::size_t size_ = 0;
    std::uint32_t value_ = 0;
};

// Of one row. The values are those that are bound or read, in the order of the table's columns.
template <class... Values> std::int64_t checksum(std::string_view table, const Values&... values) {
    Checksum sum(table);
    const auto add = [&sum](const auto& value) {
        if constexpr (std::is_integral_v<std::remove_cvref_t<decltype(value)>>) {
            sum.add(static_cast<std::int64_t>(value));
        } else {
            sum.add(std::string_view(value));
        }
    };
    (add(values), ...);
    return sum.value();
}

}  // namespace millrace::spool

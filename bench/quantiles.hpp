#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

// Counts of values in buckets that are at most 1/64 of the value wide: adding is a few instructions and never
// allocates, so that a load generator can record every message. One thread.
namespace millrace::bench {

class Quantiles {
  public:
    void add(std::uint64_t value) {
        ++buckets_[bucket_of(value)];
        ++count_;
    }

    std::uint64_t count() const { return count_; }

    // The lower edge of the bucket that holds the quantile (0 <= fraction <= 1), or 0 where nothing was added.
    std::uint64_t at(double fraction) const {
        if (count_ == 0) return 0;
        auto rank = std::min(static_cast<std::uint64_t>(fraction * static_cast<double>(count_)), count_ - 1);
        std::uint64_t seen = 0;
        std::size_t bucket = 0;
        while ((seen += buckets_[bucket]) <= rank) ++bucket;
        return lower_edge(bucket);
    }

  private:
    static constexpr std::size_t kExact = 128;  // values below this have a bucket each
    static constexpr std::size_t kSteps = kExact / 2;

    static std::size_t bucket_of(std::uint64_t value) {
        if (value < kExact) return value;
        auto shift = static_cast<std::size_t>(std::bit_width(value / kExact));
        return shift * kSteps + (value >> shift);
    }
    static std::uint64_t lower_edge(std::size_t bucket) {
        if (bucket < kExact) return bucket;
        auto shift = bucket / kSteps - 1;
        return static_cast<std::uint64_t>(bucket % kSteps + kSteps) << shift;
    }

    std::array<std::uint64_t, kExact + 57 * kSteps> buckets_{};
    std::uint64_t count_ = 0;
};

}  // namespace millrace::bench

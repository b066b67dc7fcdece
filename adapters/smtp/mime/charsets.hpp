#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::smtp::mime {

// Character sets of mail to UTF-8, by glibc's iconv. It is only asked for the sets of a table: a name that a stranger
// sends is never one for iconv. Keeps the converters that it has used. Not thread-safe: one for each thread.
class Charsets {
  public:
    enum class Outcome {
        good,
        bad_text,  // Some octets are in no character of the set.
        unknown,   // The set is not in the table: read as UTF-8.
    };

    Charsets() = default;
    ~Charsets();
    Charsets(const Charsets&) = delete;
    Charsets& operator=(const Charsets&) = delete;

    // Appends the text as valid UTF-8, U+FFFD for each octet that is in no character. An empty name means UTF-8, and so
    // does US-ASCII, whose upper half that is most likely to be. `may_be_cut`: an incomplete character at the end is
    // left out, and is no error.
    Outcome append(std::string& out, std::string_view charset, std::string_view bytes, bool may_be_cut = false);

  private:
    struct Converter {
        const char* name;  // Of the table.
        void* handle;      // iconv_t.
    };

    void* converter(const char* name);

    std::vector<Converter> open_;  // At most one for each set of the table.
};

}  // namespace millrace::smtp::mime

#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

// Which letters of nicks and rooms are the same to a server (ISUPPORT CASEMAPPING).
namespace millrace::chat::irc {

class Casemapping {
  public:
    enum class Kind {
        ascii,
        rfc1459,         // `[]\~` are the upper case of `{}|^`.
        rfc1459_strict,  // The same without `~` and `^`.
    };

    explicit Casemapping(Kind kind = Kind::rfc1459);

    // Of a server's word; nothing where it is none of these. What is like `rfc7613` and the like folds more than the
    // gateway can: ascii is then the nearest.
    static std::optional<Kind> parse(std::string_view word);

    char folded(char c) const { return table_[static_cast<unsigned char>(c)]; }
    void fold(std::string_view text, std::string& into) const;
    std::string folded(std::string_view text) const;
    bool is_same(std::string_view a, std::string_view b) const;

  private:
    std::array<char, 256> table_;
};

}  // namespace millrace::chat::irc

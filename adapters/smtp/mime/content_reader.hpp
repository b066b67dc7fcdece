#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::smtp::mime {

// The Content-Transfer-Encodings that change anything (RFC 2045 §6).
enum class Encoding { identity, base64, quoted_printable };

// Decodes the content of a part, some at a time.
// Base64: padding ends a chunk, not the content, so that chunks which were encoded apart may stand behind each other;
// white space is skipped, and so is what else is no base64, which is unsound. Quoted-printable: blanks at the end of a
// line are left out; an `=` that begins neither an octet nor a soft line break stands for itself, which is unsound.
class ContentReader {
  public:
    // The content outlives the reader.
    ContentReader(Encoding encoding, std::string_view content) : encoding_(encoding), rest_(content) {}

    // Appends some of the decoded octets. -> Whether there may be more. Little more than kPieceBytes at once.
    bool read(std::string& out);

    // Whether all that was read was as it should be.
    bool is_sound() const { return is_sound_; }

    static constexpr std::size_t kPieceBytes = 64 * 1024;

  private:
    void read_base64(std::string& out);
    void take_base64(char*& to, char c);
    void end_chunk(char*& to);
    void read_quoted_printable(std::string& out);
    void take_blanks(std::string& out, std::size_t room);
    void take_text(std::string& out, std::size_t room);
    void take_escape(std::string& out);

    Encoding encoding_;
    std::string_view rest_;
    unsigned bits_ = 0;            // Base64: of the digits of a group that is not complete.
    unsigned digits_ = 0;          // How many these are.
    std::size_t kept_blanks_ = 0;  // Quoted-printable: at the beginning of the rest, blanks that text follows.
    bool is_sound_ = true;
};

// All of it, or its first `bytes_max` octets at least.
struct Content {
    std::string bytes;
    bool is_sound = true;
};
Content read_content(Encoding encoding, std::string_view content, std::size_t bytes_max);

}  // namespace millrace::smtp::mime

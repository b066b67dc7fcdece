// What any server says to a mail: each recipient has a fate, and none is told that it was sent without a final 2xx.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/common/mail_replies.hpp"
#include "adapters/common/mail_syntax.hpp"

namespace {

using namespace millrace;

void require(bool condition) {
    if (!condition) std::abort();
}

void check_syntax(std::string_view text) {
    if (is_mailbox(text)) require(text.find_first_of("\r\n") == text.npos && text.find('@') != text.npos);
    if (!mail_content_fault(text).empty()) return;
    for (std::size_t i = 0; i < text.size(); ++i) {
        require(text[i] != '\n' || (i > 0 && text[i - 1] == '\r'));
        require(text[i] != '\r' || (i + 1 < text.size() && text[i + 1] == '\n'));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t recipients = data[0] % 8 + 1;
    std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    check_syntax(rest);
    MailReplies replies(recipients);
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(line.size() + (line.size() < rest.size()));
        if (line == "|")
            replies.begin();
        else if (line == "$")
            replies.finish_content();
        else
            replies.take_line(line);
        const std::vector<MailFate> fates = replies.fates("gone");
        require(fates.size() == recipients);
        bool is_decided = true;
        for (const MailFate& it : fates) {
            require(it.fate != Fate::sent || (it.code >= 200 && it.code < 300));
            require(it.fate != Fate::unknown || it.code == 0);
            require(it.text.size() <= MailReplies::kTextMax_bytes + 8);
            is_decided = is_decided && it.code != 0;
        }
        require(!replies.has_begun() || replies.is_decided() == is_decided);
    }
    return 0;
}

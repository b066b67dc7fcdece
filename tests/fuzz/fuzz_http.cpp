// Any bytes, in any chops, answered in any order: nothing breaks, limits hold, what is said is well-formed and the same
// however the bytes came.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/common/http/dialogue.hpp"

namespace {

using namespace millrace::http;

constexpr Limits kLimits{.head_bytes_max = 1024, .headers_max = 16, .body_bytes_max = 512, .pending_max = 4};
const std::string common_headers = "Server: fuzz\r\n";
constexpr std::string_view kInvitation = "HTTP/1.1 100 Continue\r\n\r\n";

void require(bool condition) {
    if (!condition) std::abort();
}

class Server {
  public:
    // `patience`: how many requests wait before the last of them is answered first.
    explicit Server(std::size_t patience) : patience_(patience) {}

    void read(std::string_view bytes) {
        kept_ += bytes;
        for (;;) {
            millrace::Input input{kept_.data(), kept_.data() + kept_.size()};
            const bool is_held = take(input);
            kept_.erase(0, static_cast<std::size_t>(input.begin - kept_.data()));
            if (!is_held) break;
            answer_all();
        }
        require(kept_.size() <= kLimits.head_bytes_max);
    }

    void end() {
        answer_all();
        dialogue_.end_of_input();
        require(dialogue_.is_over());
    }

    std::string out;
    std::string asked;

  private:
    bool take(millrace::Input& input) {
        for (;;) {
            switch (dialogue_.take(input, out, 0)) {
                case Dialogue::Step::head:
                    if (dialogue_.request().target.ends_with("no")) dialogue_.refuse(not_found(), out, 0);
                    break;
                case Dialogue::Step::request:
                    add(dialogue_.request());
                    open_.push_back(dialogue_.number());
                    if (open_.size() > patience_) answer_all();
                    break;
                case Dialogue::Step::held:
                    return true;
                default:
                    return false;
            }
        }
    }

    void answer_all() {
        for (; !open_.empty(); open_.pop_back()) {
            require(dialogue_.answer(open_.back(), Response{.body = std::to_string(open_.back())}, out, 0));
        }
    }

    void add(const Request& request) {
        require(request.body.size() <= kLimits.body_bytes_max && request.headers.size() <= kLimits.headers_max);
        require(!request.method.empty() && !request.target.empty() && request.target.size() < kLimits.head_bytes_max);
        require(all(kTarget, request.target) && path_of(request.target).size() <= request.target.size());
        asked.append(request.method).append(" ").append(request.target).append("\n");
        for (const Header& header : request.headers) {
            require(all(kToken, header.name) && !header.name.empty() && all(kFieldValue, header.value));
            asked.append(header.name).append(":").append(header.value).append("\n");
        }
        asked.append(request.body).append("\n");
    }

    const std::size_t patience_;
    Dialogue dialogue_{kLimits, common_headers, 0};
    std::string kept_;
    std::vector<Dialogue::Number> open_;
};

// An invitation is given where a body is not there yet, which depends on how the bytes came.
std::string without_invitations(std::string text) {
    for (std::size_t at = text.find(kInvitation); at != std::string::npos; at = text.find(kInvitation, at))
        text.erase(at, kInvitation.size());
    return text;
}

}  // namespace

// The first byte says how long the chops are, the second how many requests wait.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::size_t chop = 1 + data[0] % 200;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    Server whole(0);
    Server chopped(data[1] % 6);
    Server bytewise(data[1] % 3);
    whole.read(bytes);
    for (std::size_t i = 0; i < bytes.size(); i += chop) chopped.read(bytes.substr(i, chop));
    for (std::size_t i = 0; i < bytes.size(); ++i) bytewise.read(bytes.substr(i, 1));
    whole.end(), chopped.end(), bytewise.end();
    require(whole.asked == chopped.asked && whole.asked == bytewise.asked);
    require(without_invitations(whole.out) == without_invitations(chopped.out));
    require(without_invitations(whole.out) == without_invitations(bytewise.out));
    return 0;
}

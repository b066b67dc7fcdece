// Any bytes as a session, with events between them: each transaction that begins ends once, replies are whole lines,
// a session that is closed is silent; and where nobody spoke too early, how the bytes are cut makes no difference.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/smtp/dialogue.hpp"

namespace {

using namespace millrace::smtp;

constexpr char kEvent = '\xFE';  // the next byte says which

void require(bool condition) {
    if (!condition) std::abort();
}

Service make_service(unsigned kind) {
    Settings settings;
    settings.is_lmtp = (kind & 1) != 0;
    settings.has_tls = settings.has_users = (kind & 2) != 0;
    settings.requires_auth = (kind & 12) == 12;
    settings.content = {200, 60, 100, 6, 3};
    settings.session.recipients_max = 4;
    settings.session.errors_delayed = 6;
    settings.times.greeting_delay_ms = (kind & 0x70) == 0x70 ? 1000 : 0;
    return Service(settings);
}

class Session {
  public:
    Session(const Service& service, bool is_late, bool is_tls)
        : is_late_(is_late), dialogue_(service, tally, is_tls, 0) {}

    void feed(std::string_view bytes) {
        const std::string copy(bytes);
        dialogue_.feed(copy);
        run();
    }

    void on(char event) {
        if (event == 't') dialogue_.on_tls_established();
        if (event == 'd') dialogue_.drain();
        if (event == 'l') dialogue_.on_lost();
        if (event == 'n') dialogue_.refuse_content(Reply::no_space);
        if (event >= '0' && event <= '9') dialogue_.advance(now_ms_ += (1LL << (event - '0')) * 1000);
        run();
        if (event == 'a') answer();
        run();
    }

    void end() {
        dialogue_.on_lost();
        run();
        require(is_closed_ && begun_ == ended_);
        require(!dialogue_.judge(dialogue_.ticket(), Reply::sender_ok) && !dialogue_.settle(dialogue_.ticket(), 0, {}));
        require(dialogue_.deadline_ms() == Dialogue::kNever);
    }

    std::string transcript;
    Tally tally{};

  private:
    void run() {
        for (;;) {
            const Want want = dialogue_.next();
            take_output();
            if (want == Want::input || want == Want::wait) return;
            if (want == Want::close) {
                is_closed_ = true;
                return;
            }
            require(!is_closed_);
            if (want == Want::ended) {
                require(ended_++ < begun_);
                transcript += "{" + std::to_string(static_cast<int>(dialogue_.ending())) + "}";
            } else if (want == Want::piece) {
                require(!dialogue_.piece().empty());
                text_ += dialogue_.piece();
            } else if (want != Want::tls) {
                asked_ = want;
                if (!is_late_ || want == Want::sender) answer();
            }
        }
    }

    void answer() {
        const std::uint32_t ticket = dialogue_.ticket();
        const std::string& local = dialogue_.recipient().local;
        switch (asked_) {
            case Want::sender:
                require(dialogue_.judge(ticket, Reply::sender_ok));
                ++begun_;
                text_.clear();
                break;
            case Want::recipient:
                dialogue_.judge(ticket, local == "u" ? Reply::no_such_user : Reply::recipient_ok);
                break;
            case Want::credentials:
                dialogue_.judge(ticket, Reply::authenticated);
                break;
            case Want::verdict:
                transcript += "(" + text_ + ")";
                require(text_.size() <= 200);
                for (std::size_t i = dialogue_.envelope().recipients.size(); i-- > 0;) dialogue_.settle(ticket, i, {});
                break;
            default:
                return;
        }
        asked_ = Want::input;
    }

    void take_output() {
        std::string& output = dialogue_.output();
        require(!is_closed_ || output.empty());
        require(output.empty() || output.ends_with("\r\n"));
        for (std::size_t at = 0; at < output.size(); at = output.find('\n', at) + 1)
            require(output[at] >= '2' && output[at] <= '5' && (output[at + 3] == ' ' || output[at + 3] == '-'));
        transcript += output;
        output.clear();
    }

    const bool is_late_;
    Dialogue dialogue_;
    std::int64_t now_ms_ = 0;
    Want asked_ = Want::input;
    unsigned begun_ = 0;
    unsigned ended_ = 0;
    bool is_closed_ = false;
    std::string text_;
};

void play(Session& session, std::string_view script, std::size_t chop) {
    while (!script.empty()) {
        const std::size_t size = std::min(script.find(kEvent), script.size());
        for (std::size_t i = 0; i < size; i += chop) session.feed(script.substr(i, std::min(chop, size - i)));
        if (size + 1 < script.size()) session.on(script[size + 1]);
        script.remove_prefix(std::min(size + 2, script.size()));
    }
    session.end();
}

}  // namespace

// The first byte says what the service is, the second how long the chops are.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const Service service = make_service(data[0]);
    const std::string_view script(reinterpret_cast<const char*>(data) + 2, size - 2);
    const bool is_tls = (data[0] & 10) == 10;
    Session chopped(service, (data[0] & 4) != 0, is_tls);
    Session bytewise(service, (data[0] & 4) != 0, is_tls);
    play(chopped, script, 1 + data[1]);
    play(bytewise, script, 1);
    const auto is_early = [](const Session& session) {
        return session.tally[static_cast<std::size_t>(Reply::not_synchronised)] != 0;
    };
    require(is_early(chopped) || is_early(bytewise) || chopped.transcript == bytewise.transcript);
    return 0;
}

#include <openssl/evp.h>

#include <optional>
#include <utility>
#include <vector>

#include "millrace/conformance.hpp"

// Clients that bring mail, over a raw socket: each mail is for two recipients, comes by DATA or in chunks, and has its
// text in base64, so that consumers get the very same text. The RFCs are 5321 and 3030.
namespace millrace::conformance {
namespace {

constexpr std::size_t kLineBytes = 76;  // Of base64, RFC 2045 §6.8.

std::string mail_of(std::string_view text) {
    std::string base64((text.size() + 2) / 3 * 4 + 1, '\0');
    base64.resize(static_cast<std::size_t>(::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                                                             reinterpret_cast<const unsigned char*>(text.data()),
                                                             static_cast<int>(text.size()))));
    std::string mail =
        "From: Ada <ada@example.org>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Odd: \x01\ttab and bell\x07\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    for (std::size_t i = 0; i < base64.size(); i += kLineBytes) mail.append(base64, i, kLineBytes).append("\r\n");
    return mail;
}

class Client final : public Peer {
  public:
    Client(std::uint16_t port, bool is_chunked) : port_(port), is_chunked_(is_chunked) {}

    void open(const std::string& name) override {
        name_ = name;
        for (char& c : name_) c = c == ' ' ? '-' : c;
        wire_.connect(port_);
        take_reply(patience());
        wire_.send("EHLO client.example.org\r\n");
        if (const auto reply = take_reply(patience()); !reply || !reply->starts_with("250")) early_ = heard_of(reply);
    }
    void send(std::string_view text) override {
        mail_ = mail_of(text);
        if (!name_recipients()) return;
        if (is_chunked_)
            wire_.send("BDAT " + std::to_string(mail_.size()) + " LAST\r\n" + mail_);
        else
            wire_.send(mail_ + ".\r\n");
    }
    void begin(std::string_view text) override {
        mail_ = mail_of(text);
        if (!name_recipients()) return;
        const std::string half = mail_.substr(0, mail_.size() / 2);
        wire_.send(is_chunked_ ? "BDAT " + std::to_string(mail_.size()) + " LAST\r\n" + half : half);
        is_half_way_ = true;
    }
    std::string body() const override { return mail_; }
    Heard outcome(std::chrono::milliseconds time) override {
        if (early_.kind != Heard::Kind::nothing) return std::exchange(early_, {});
        const auto reply = take_reply(time);
        return reply || wire_.is_at_end() ? heard_of(reply) : Heard();
    }
    void cut() override { wire_.cut(); }
    void close() override { is_half_way_ ? wire_.shut() : wire_.send("QUIT\r\n"); }

  private:
    // Up to the message. What is refused is heard of later.
    bool name_recipients() {
        if (early_.kind != Heard::Kind::nothing) return false;
        wire_.send("MAIL FROM:<ada@example.org>\r\nRCPT TO:<" + name_ + "@in.example.com>\r\nRCPT TO:<" + name_ +
                   "+second@in.example.com>\r\n" + (is_chunked_ ? "" : "DATA\r\n"));
        for (int i = is_chunked_ ? 3 : 4; i > 0; --i) {
            const auto reply = take_reply(patience());
            const bool is_positive = reply && (reply->starts_with("2") || reply->starts_with("3"));
            if (!is_positive && early_.kind == Heard::Kind::nothing) early_ = heard_of(reply);
        }
        return early_.kind == Heard::Kind::nothing;
    }
    std::optional<std::string> take_reply(std::chrono::milliseconds time) {
        for (;;) {
            for (std::size_t begin = 0, end; (end = in_.find("\r\n", begin)) != in_.npos; begin = end + 2) {
                if (end - begin < 4 || in_[begin + 3] != ' ') continue;
                std::string reply = in_.substr(0, end);
                in_.erase(0, end + 2);
                return reply;
            }
            if (!wire_.read(in_, time)) return std::nullopt;
        }
    }
    static Heard heard_of(const std::optional<std::string>& reply) {
        if (!reply || reply->starts_with("421")) return {Heard::Kind::end, reply.value_or("")};
        const char digit = reply->front();
        return {digit == '2' ? Heard::Kind::yes : digit == '4' ? Heard::Kind::later : Heard::Kind::no, *reply};
    }

    const std::uint16_t port_;
    const bool is_chunked_;
    Wire wire_;
    std::string name_;
    std::string mail_;
    std::string in_;
    Heard early_;  // Came before the message was due.
    bool is_half_way_ = false;
};

class Clients final : public Outside {
  public:
    std::string config() const override { return config_with(""); }
    std::string impatient_config() const override { return config_with(R"(, "verdict_timeout": "1s")"); }
    std::unique_ptr<Peer> peer(std::uint16_t port) override {
        return std::make_unique<Client>(port, count_++ % 2 != 0);
    }
    bool tells_outcomes() const override { return true; }
    std::uint32_t code_for(std::uint32_t verdict) const override { return verdict == MILLRACE_RETRY ? 450 : 554; }

  private:
    static std::string config_with(const std::string& more) {
        return R"({"listen": "127.0.0.1:0", "threads": 1, "accept": "*@in.example.com", "hostname": "mx.example.com")" +
               more + "}";
    }

    std::size_t count_ = 0;
};

}  // namespace

std::unique_ptr<Outside> outside() { return std::make_unique<Clients>(); }

}  // namespace millrace::conformance

#include "millrace/conformance.hpp"
#include "tests/unit/adapters/websocket/raw_client.hpp"

// WebSocket clients for the conformance suite, over a raw socket.
namespace millrace::conformance {
namespace {

class Client final : public Peer {
  public:
    explicit Client(std::uint16_t port) : port_(port) {}

    void open(const std::string& name) override {
        wire_.connect(port_);
        wire_.send("GET /" + name.substr(0, name.find(' ')) + " HTTP/1.1\r\n" + std::string(test::kUpgradeHead) +
                   "\r\n");
    }
    void send(std::string_view text) override { wire_.send(test::frame(test::kText, text)); }
    Heard outcome(std::chrono::milliseconds time) override {
        for (;;) {
            if (const Heard heard = take(); heard.kind != Heard::Kind::nothing) return heard;
            if (!wire_.read(in_, time)) return {wire_.is_at_end() ? Heard::Kind::end : Heard::Kind::nothing};
        }
    }
    void cut() override { wire_.cut(); }
    void close() override { wire_.send(test::frame(test::kClose, test::close_payload(1000))); }
    void provoke(std::uint32_t reason) override {
        if (reason == MILLRACE_REASON_PROTOCOL_ERROR) wire_.send("\x83\x80....");
        if (reason == MILLRACE_REASON_POLICY) wire_.send(test::frame(test::kText, std::string(70'000, 'x')));
    }

  private:
    // The first whole thing that has come.
    Heard take() {
        if (!is_open_) return take_response();
        if (in_.size() < 2) return {};
        const auto byte = [this](std::size_t at) { return static_cast<unsigned char>(in_[at]); };
        const std::size_t length_bytes = byte(1) < 126 ? 0 : byte(1) == 126 ? 2 : 8;
        if (in_.size() < 2 + length_bytes) return {};
        std::size_t size = length_bytes == 0 ? byte(1) : 0;
        for (std::size_t i = 0; i < length_bytes; ++i) size = size << 8 | byte(2 + i);
        const std::size_t end = 2 + length_bytes + size;
        if (in_.size() < end) return {};
        const Heard heard{byte(0) == test::kClose ? Heard::Kind::end : Heard::Kind::text, in_.substr(end - size, size)};
        in_.erase(0, end);
        return heard;
    }
    Heard take_response() {
        const std::size_t end = in_.find("\r\n\r\n");
        if (end == std::string::npos) return {};
        is_open_ = in_.starts_with("HTTP/1.1 101");
        const Heard heard{is_open_ ? Heard::Kind::opened : Heard::Kind::end, in_.substr(0, in_.find('\r'))};
        in_.erase(0, end + 4);
        return heard;
    }

    const std::uint16_t port_;
    Wire wire_;
    std::string in_;
    bool is_open_ = false;
};

class Clients final : public Outside {
  public:
    std::string config() const override { return config_with(""); }
    std::string impatient_config() const override { return config_with(R"(, "idle_timeout": "200ms")"); }
    std::unique_ptr<Peer> peer(std::uint16_t port) override { return std::make_unique<Client>(port); }

  private:
    static std::string config_with(const std::string& more) {
        return R"({"listen": "127.0.0.1:0", "threads": 1, "max_message": "64KiB")" + more + "}";
    }
};

}  // namespace

std::unique_ptr<Outside> outside() { return std::make_unique<Clients>(); }

}  // namespace millrace::conformance

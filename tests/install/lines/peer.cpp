#include <millrace/conformance.hpp>

// The other side of the protocol, for the conformance suite.
namespace {

using millrace::conformance::Heard;
using millrace::conformance::Outside;
using millrace::conformance::Peer;

class Client final : public Peer {
  public:
    explicit Client(std::uint16_t port) : port_(port) {}

    void open(const std::string&) override { wire_.connect(port_); }
    void send(std::string_view text) override { wire_.send(std::string(text) + "\n"); }
    Heard outcome(std::chrono::milliseconds time) override {
        for (;;) {
            const std::size_t end = in_.find('\n');
            if (end != std::string::npos) {
                const std::string line = in_.substr(0, end);
                in_.erase(0, end + 1);
                return {kind_of(line), line};
            }
            if (!wire_.read(in_, time)) return {wire_.is_at_end() ? Heard::Kind::end : Heard::Kind::nothing};
        }
    }
    void cut() override { wire_.cut(); }
    void close() override { wire_.shut(); }
    void provoke(std::uint32_t reason) override {
        if (reason == MILLRACE_REASON_PROTOCOL_ERROR) wire_.send("\xff\n");
        if (reason == MILLRACE_REASON_POLICY) wire_.send(std::string(70'000, 'x'));
    }

  private:
    static Heard::Kind kind_of(const std::string& line) {
        if (line.starts_with("\x06")) return Heard::Kind::yes;
        if (line.starts_with("\x15later")) return Heard::Kind::later;
        return line.starts_with("\x15") ? Heard::Kind::no : Heard::Kind::text;
    }

    const std::uint16_t port_;
    millrace::conformance::Wire wire_;
    std::string in_;
};

struct Clients final : Outside {
    std::string config() const override { return R"({"listen": "127.0.0.1:0", "confirm": true})"; }
    std::string impatient_config() const override {
        return R"({"listen": "127.0.0.1:0", "confirm": true, "idle_timeout": "200ms"})";
    }
    std::unique_ptr<Peer> peer(std::uint16_t port) override { return std::make_unique<Client>(port); }
    bool tells_outcomes() const override { return true; }
};

}  // namespace

std::unique_ptr<Outside> millrace::conformance::outside() { return std::make_unique<Clients>(); }

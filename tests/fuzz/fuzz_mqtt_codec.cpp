// Any bytes from either side, in any chops: nothing breaks, what is handed out lies in the input and is what was
// checked, and the chops make no difference.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/common/utf8.hpp"
#include "adapters/mqtt/codec.hpp"
#include "adapters/mqtt/connect.hpp"
#include "adapters/mqtt/writer.hpp"

namespace {

using namespace millrace::mqtt;

void require(bool condition) {
    if (!condition) std::abort();
}

// Everything that came out, in one text.
class Reader {
  public:
    Reader(Sender sender, Version version) : codec_(sender, version, kHeadBytesMin) {}

    void read(std::string_view bytes) {
        if (is_over_) return;
        buffer_ += bytes;
        Input input{buffer_.data(), buffer_.data() + buffer_.size()};
        while (step(input)) {
        }
        buffer_.erase(0, static_cast<std::size_t>(input.begin - buffer_.data()));
        require(is_over_ || buffer_.size() < kHeadBytesMin);
    }

    std::string transcript;

  private:
    bool step(Input& input) {
        const char* const begin = input.begin;
        switch (codec_.take(input)) {
            case Codec::Step::packet:
                require(codec_.packet().bytes.data() == begin && codec_.packet().bytes.end() == input.begin);
                transcript.append("\n").append(codec_.packet().bytes);
                check();
                return true;
            case Codec::Step::payload:
                transcript += codec_.payload();
                return true;
            case Codec::Step::failed:
                transcript.append("\n").append(codec_.fault().text);
                require(!codec_.fault().text.empty() && is_failure(codec_.fault().reason));
                is_over_ = true;
                return false;
            case Codec::Step::need_more:
                require(input.begin == begin);
                return false;
        }
        return false;
    }

    void check() {
        const Codec::Packet& packet = codec_.packet();
        if (packet.head.type == PacketType::connect) return check_connect(packet.body);
        if (packet.head.type != PacketType::publish) return;
        const Publish& publish = packet.publish;
        require(millrace::is_utf8(publish.topic) && publish.topic.find_first_of("+#") == std::string_view::npos);
        require((publish.qos > 0) == (publish.packet_id > 0) && publish.qos < 3);
        require(packet.bytes.size() + publish.payload_size == packet.head.size + packet.head.body_size);
        Properties properties = publish.properties;
        Property property{};
        std::size_t size = 0;
        while (properties.next(property)) size += property.bytes.size();
        require(size == publish.properties.bytes().size());
    }

    // What was read is what is written, but for what the gate replaces.
    static void check_connect(std::string_view body) {
        Connect connect;
        if (parse_connect(body, connect)) return;
        ConnectChanges changes;
        if (connect.username) changes.username = std::string(*connect.username);
        if (connect.password) changes.password = std::string(*connect.password);
        std::string out;
        write_connect(out, connect, changes);
        Connect again;
        Head head;
        require(!parse_head(Sender::client, connect.version, out, head) && head.size + head.body_size == out.size());
        require(!parse_connect(std::string_view(out).substr(head.size), again));
        require(again.client_id == connect.client_id && again.will == connect.will &&
                again.password == connect.password);
    }

    Codec codec_;
    std::string buffer_;
    bool is_over_ = false;
};

}  // namespace

// The first byte says who speaks, which version, and how long the chops are.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const Sender sender = (data[0] & 1) != 0 ? Sender::client : Sender::broker;
    const Version version = (data[0] & 2) != 0 ? Version::v3_1_1 : Version::v5;
    const std::size_t chop = 1 + (data[0] >> 2);
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    Reader whole(sender, version);
    Reader chopped(sender, version);
    whole.read(bytes);
    for (std::size_t i = 0; i < bytes.size(); i += chop) chopped.read(bytes.substr(i, chop));
    require(whole.transcript == chopped.transcript);
    return 0;
}

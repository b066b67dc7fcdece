#include "adapters/smtp/dns.hpp"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "adapters/smtp/ascii.hpp"

namespace millrace::smtp {
namespace net = boost::asio;

namespace {

constexpr int kFirstWaitS = 1;  // For a server; the next round waits twice as long.
constexpr int kRounds = 2;

class Resolver {
  public:
    Resolver() : is_ready_(res_ninit(&state_) == 0) {
        state_.retrans = kFirstWaitS;
        state_.retry = kRounds;
    }
    ~Resolver() { res_nclose(&state_); }
    Resolver(const Resolver&) = delete;

    void ask_only(const net::ip::udp::endpoint& server) {
        std::memcpy(state_.nsaddr_list, server.data(), sizeof state_.nsaddr_list[0]);
        state_.nscount = 1;
    }
    bool is_ready() const { return is_ready_; }
    res_state state() { return &state_; }

  private:
    struct __res_state state_ = {};
    const bool is_ready_;
};

std::string reverse_name(const net::ip::address& address) {
    std::string name;
    if (address.is_v4()) {
        const auto bytes = address.to_v4().to_bytes();
        for (std::size_t i = bytes.size(); i-- > 0;) name += std::to_string(bytes[i]) + ".";
        return name + "in-addr.arpa";
    }
    const auto bytes = address.to_v6().to_bytes();
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (std::size_t i = bytes.size(); i-- > 0;)
        name.append({kDigits[bytes[i] & 0xF], '.', kDigits[bytes[i] >> 4], '.'});
    return name + "ip6.arpa";
}

bool is_host_name(std::string_view name) {
    const auto may_be = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    };
    // One of digits alone would be taken for an address.
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    return std::ranges::all_of(name, may_be) && std::ranges::any_of(name, is_letter);
}

}  // namespace

struct Dns::Message {
    std::array<unsigned char, 4096> bytes;
    ns_msg parsed;

    // Calls `take` with the data of each record of this type.
    template <class Take> void each(int type, Take take) {
        for (int i = 0; i < ns_msg_count(parsed, ns_s_an); ++i) {
            ns_rr record;
            if (ns_parserr(&parsed, ns_s_an, i, &record) != 0) return;
            if (ns_rr_type(record) == type) take(ns_rr_rdata(record), ns_rr_rdlen(record));
        }
    }
};

Dns::Outcome Dns::ask(const std::string& name, int type, Message& message) const {
    Resolver resolver;
    if (!resolver.is_ready()) return Outcome::failed;
    if (server_) resolver.ask_only(*server_);
    const int room = static_cast<int>(message.bytes.size());
    const int size = res_nquery(resolver.state(), name.c_str(), ns_c_in, type, message.bytes.data(), room);
    if (size < 0) {
        const int why = resolver.state()->res_h_errno;
        return why == HOST_NOT_FOUND || why == NO_DATA ? Outcome::nothing : Outcome::failed;
    }
    const bool is_read = ns_initparse(message.bytes.data(), std::min(size, room), &message.parsed) == 0;
    return is_read ? Outcome::found : Outcome::failed;
}

Dns::Found<std::string> Dns::names_of(const Address& address) const {
    Message message;
    Found<std::string> found{ask(reverse_name(address), ns_t_ptr, message), {}};
    if (found.outcome != Outcome::found) return found;
    message.each(ns_t_ptr, [&](const unsigned char* data, std::size_t) {
        char expanded[NS_MAXDNAME];
        if (dn_expand(ns_msg_base(message.parsed), ns_msg_end(message.parsed), data, expanded, sizeof expanded) < 0)
            return;
        std::string name(expanded);
        std::ranges::transform(name, name.begin(), to_lower);
        if (is_host_name(name)) found.all.push_back(std::move(name));
    });
    if (found.all.empty()) found.outcome = Outcome::nothing;
    return found;
}

Dns::Found<Dns::Address> Dns::addresses_of(const std::string& name, const Address& like) const {
    Message message;
    const int type = like.is_v4() ? ns_t_a : ns_t_aaaa;
    Found<Address> found{ask(name, type, message), {}};
    if (found.outcome != Outcome::found) return found;
    message.each(type, [&](const unsigned char* data, std::size_t size) {
        net::ip::address_v4::bytes_type v4;
        net::ip::address_v6::bytes_type v6;
        if (like.is_v4() && size == v4.size()) {
            std::memcpy(v4.data(), data, size);
            found.all.emplace_back(net::ip::address_v4(v4));
        } else if (like.is_v6() && size == v6.size()) {
            std::memcpy(v6.data(), data, size);
            found.all.emplace_back(net::ip::address_v6(v6));
        }
    });
    if (found.all.empty()) found.outcome = Outcome::nothing;
    return found;
}

}  // namespace millrace::smtp

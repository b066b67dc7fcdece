#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/sms/consent.hpp"
#include "adapters/sms/event.hpp"
#include "adapters/sms/provider.hpp"
#include "adapters/sms/signature.hpp"

// Between what providers send and the normal form: README.md has the mapping.
namespace millrace::sms {

// The webhook's events, in the order in which they stand there, each whole: provider, key, verification, the request
// itself, and what is found out of the text (encoding, segments, keyword, consent). Of a request that is not `taken`
// there are none. The payload was verified, and `verdict` says how.
Reading normalise(const Provider& provider, Payload& payload, const Verdict& verdict, const ConsentWords& words,
                  std::vector<Event>& events);

// What is found out of the text of a message that came in: encoding, segments, keyword, consent.
void complete_text(Event& event, const ConsentWords& words);

// The key of the scope: our number and the other side's, `+15550100/+15550123`. A `/` or `%` in either is written `%2F`
// or `%25`, so that no two pairs have the same.
std::string scope_of(std::string_view service, std::string_view remote);

// Our number and the other side's, of a scope's key. Of what is none, that is the other side, and ours is empty.
std::pair<std::string, std::string> parties_of(std::string_view scope);

// Appends the serialised ChannelMessage fields of an event, but for its payload. Its replies go to `scope`.
void append_fields(std::string& out, const Event& event, std::string_view scope);

// Those of a webhook that cannot be read: who has sent it, how that was verified, and the request itself.
std::string unread_fields_of(const Provider& provider, const Payload& payload, const Verdict& verdict);

// Raw bytes above this are left out of a message.
inline constexpr std::size_t kRawBytesMax = 64 * 1024;

}  // namespace millrace::sms

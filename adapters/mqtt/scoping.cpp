#include "adapters/mqtt/scoping.hpp"

namespace millrace::mqtt {

std::string_view Scoping::parse(std::string_view text) {
    *this = {};
    if (text == "topic") return {};
    by_ = text == "client" ? By::client : By::part;
    if (by_ == By::client) return {};
    if (const std::string_view wrong = part_.parse(text); !wrong.empty()) return wrong;
    if (part_.is_shared()) return "a shared subscription is for `subscribe` alone";
    return part_.has_names() ? "" : "it has no `{name}`: for one scope of all, say `client`";
}

std::string_view Scoping::key_of(std::string_view topic, std::string_view client_id, std::string& room) const {
    if (by_ == By::client) return client_id;
    if (by_ == By::topic || !part_.fill(topic, room)) return topic;
    return room;
}

void Scoping::find_shared(std::string_view topic, std::vector<TopicTemplate::Capture>& captures) const {
    captures.clear();
    if (by_ == By::part && !part_.match(topic, captures)) captures.clear();
}

}  // namespace millrace::mqtt

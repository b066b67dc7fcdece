#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/mqtt/topic.hpp"

// Which messages share a scope: those of one topic, those of all topics that are alike in the levels that a template
// names, or all of the client.
namespace millrace::mqtt {

class Scoping {
  public:
    // Reads `topic`, `client` or a template as of a subscription. What is wrong with it, as a sentence without its end;
    // empty where nothing is.
    std::string_view parse(std::string_view text);

    // All messages of a scope have the same topic.
    bool is_by_topic() const { return by_ == By::topic; }

    // The key of a topic's scope: the topic itself also where no template fits. Lies in one of the arguments.
    std::string_view key_of(std::string_view topic, std::string_view client_id, std::string& room) const;

    // What all messages of that topic's scope have in common besides: names of the template, and the topic's values.
    void find_shared(std::string_view topic, std::vector<TopicTemplate::Capture>& captures) const;

  private:
    enum class By { topic, client, part };

    By by_ = By::topic;
    TopicTemplate part_;
};

}  // namespace millrace::mqtt

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Subscriptions as the configuration has them: topic filters (§4.7) in which `{name}` is a named `+`.
namespace millrace::mqtt {

class TopicTemplate {
  public:
    struct Capture {
        std::string_view name;   // Lies in the template.
        std::string_view value;  // Lies in the topic.
    };

    // Reads `plant/{line}/#` or `$share/GROUP/plant/{line}/#`. What is wrong with it, as a sentence without its end;
    // empty where nothing is.
    std::string_view parse(std::string_view text);

    // What a broker is asked for: `plant/+/#`.
    const std::string& filter() const { return filter_; }
    bool is_shared() const { return share_size_ > 0; }
    bool has_names() const { return !names_.empty(); }
    bool has_name(std::string_view name) const;

    // Whether a topic is one of those that the filter is for; then `captures` has its values, in the order of the
    // template. A topic that begins with `$` is not for a wildcard at the beginning (§4.7.2).
    bool match(std::string_view topic, std::vector<Capture>& captures) const;

    // The filter with a topic's values where its names are: of `plant/{line}/#` and `plant/a/t`, `plant/a/#`. False
    // where the topic is not for it.
    bool fill(std::string_view topic, std::string& filled) const;

  private:
    struct Name {
        std::size_t level;
        std::string name;
    };

    std::string filter_;
    std::size_t share_size_ = 0;  // Of what stands before the filter proper.
    std::vector<Name> names_;
};

}  // namespace millrace::mqtt

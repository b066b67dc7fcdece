#include "gateway/core/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <unordered_set>

#include "gateway/core/yaml_text.hpp"

namespace millrace {
namespace {

constexpr std::size_t kDepthMax = 64;
constexpr const char* kNoAliases = "aliases (*) are not supported: write the value out";

// Ends the parser's work from inside an event.
struct Stop {};

// Builds the tree from the parser's events. The node that is being filled is the top of `open_`.
class Builder : public YAML::EventHandler {
  public:
    Builder(const YamlText& text, YamlDocument& document) : text_(text), document_(document) {}

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (seen_document_) {
            report(mark, "several-documents", "a configuration is one document; this begins another");
            throw Stop();
        }
        seen_document_ = true;
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
        YamlNode node;
        node.at = text_.position(mark.pos);
        if (waits_for_value() && node.at.line != open_.back().key_at.line) node.at = open_.back().key_at;
        add(std::move(node));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        report(mark, "anchor", kNoAliases);
        YamlNode node;
        node.at = text_.position(mark.pos);
        add(std::move(node));
    }
    void OnAnchor(const YAML::Mark& mark, const std::string&) override {
        report(mark, "anchor", "anchors (&) are not supported: write the value out where it is needed");
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
        check_tag(mark, tag);
        if (text_.is_open_quote(mark.pos)) {
            report(mark, "syntax", "the quoted text that begins here has no end");
            throw Stop();
        }
        YamlNode node;
        node.kind = YamlNode::Kind::scalar;
        node.at = text_.position(mark.pos);
        node.text = value;
        node.is_quoted = tag == "!";
        add(std::move(node));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {
        start(mark, tag, YamlNode::Kind::list);
    }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {
        start(mark, tag, YamlNode::Kind::map);
    }
    void OnSequenceEnd() override { end(); }
    void OnMapEnd() override { end(); }

    void report(const YAML::Mark& mark, std::string code, std::string what) {
        document_.errors.push_back({text_.position(mark.pos), std::move(code), std::move(what)});
    }

    void report_syntax(const YAML::Exception& error) {
        if (text_.is_at(error.mark.pos, '*')) return report(error.mark, "anchor", kNoAliases);
        YAML::Mark mark = error.mark;
        auto tab = text_.indenting_tab(mark.pos);
        if (tab) mark.pos = static_cast<int>(*tab);
        report(mark, "syntax", tab ? "a tab in the indentation: YAML wants spaces" : error.msg);
    }

  private:
    struct Open {
        YamlNode node;
        bool has_key = false;  // Maps: a key has come, its value has not.
        bool keep = true;      // ... and the value belongs into the tree.
        std::string key;
        Position key_at;
        std::unordered_set<std::string> keys;
    };

    bool waits_for_value() const { return !open_.empty() && open_.back().has_key; }

    void check_tag(const YAML::Mark& mark, const std::string& tag) {
        if ((tag.empty() || tag == "?" || tag == "!") && !text_.is_at(mark.pos, '!')) return;
        report(mark, "tag", "tags (!) are not supported");
    }

    void start(const YAML::Mark& mark, const std::string& tag, YamlNode::Kind kind) {
        check_tag(mark, tag);
        if (open_.size() >= kDepthMax) {
            report(mark, "too-deep", "nested deeper than " + std::to_string(kDepthMax));
            throw Stop();
        }
        Open& open = open_.emplace_back();
        open.node.kind = kind;
        open.node.at = text_.position(mark.pos);
    }

    void end() {
        YamlNode node = std::move(open_.back().node);
        open_.pop_back();
        add(std::move(node));
    }

    void add(YamlNode node) {
        if (open_.empty()) {
            document_.root = std::move(node);
            return;
        }
        Open& open = open_.back();
        if (open.node.kind == YamlNode::Kind::list) {
            open.node.items.push_back(std::move(node));
        } else if (!open.has_key) {
            take_key(open, node);
        } else {
            open.has_key = false;
            if (open.keep) open.node.entries.push_back({std::move(open.key), open.key_at, std::move(node)});
        }
    }

    void take_key(Open& open, const YamlNode& node) {
        open.has_key = true;
        open.key = node.text;
        open.key_at = node.at;
        open.keep = false;
        if (node.kind != YamlNode::Kind::scalar) {
            document_.errors.push_back({node.at, "wrong-type", "a key has to be text"});
        } else if (!open.keys.insert(node.text).second) {
            const YamlEntry* first = open.node.find(node.text);
            document_.errors.push_back({node.at, "duplicate-key",
                                        "'" + node.text + "' stands there already, in line " +
                                            std::to_string(first == nullptr ? 0 : first->at.line)});
        } else {
            open.keep = true;
        }
    }

    const YamlText& text_;
    YamlDocument& document_;
    std::vector<Open> open_;
    bool seen_document_ = false;
};

// Did it come to the end of the text?
bool parse(const YamlText& text, Builder& builder) {
    std::istringstream stream{std::string(text.view())};
    try {
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
        return true;
    } catch (const Stop&) {
    } catch (const YAML::Exception& error) {
        builder.report_syntax(error);
    }
    return false;
}

}  // namespace

const YamlEntry* YamlNode::find(std::string_view key) const {
    auto found = std::ranges::find(entries, key, &YamlEntry::key);
    return found == entries.end() ? nullptr : &*found;
}

YamlDocument parse_yaml(std::string_view bytes) {
    YamlDocument document;
    YamlText text(bytes);
    if (auto fault = text.fault()) {
        document.errors.push_back({*fault, "bad-character", "not UTF-8 text, or a control character"});
        return document;
    }
    Builder builder(text, document);
    document.is_whole = parse(text, builder);
    return document;
}

}  // namespace millrace

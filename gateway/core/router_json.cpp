#include "gateway/core/router_json.hpp"

#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <utility>

namespace millrace {
namespace {

namespace json = boost::json;

constexpr double kWholeMax = 9007199254740992;  // 2^53: all whole numbers up to it are doubles.

// Calls `then` for each key of the path.
template <class Then> void split(std::string_view path, Then then) {
    while (true) {
        const std::size_t dot = path.find('.');
        then(path.substr(0, dot));
        if (dot == path.npos) return;
        path.remove_prefix(dot + 1);
    }
}

template <class Number> void write(std::string& out, Number number) {
    std::array<char, 32> digits;
    out.assign(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

template <class Number> bool parse(std::string_view text, Number& number) {
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc() && end == text.data() + text.size();
}

bool write_real(std::string& out, std::string_view text) {
    double number = 0;
    if (!parse(text, number) || !std::isfinite(number)) return false;
    const bool is_whole = std::abs(number) < kWholeMax && std::trunc(number) == number;
    is_whole ? write(out, static_cast<std::int64_t>(number)) : write(out, number);
    return true;
}

}  // namespace

std::optional<std::string> normal_number(std::string_view text) {
    std::string out;
    std::int64_t whole = 0;
    std::uint64_t large = 0;
    if (parse(text, whole)) {
        write(out, whole);
    } else if (parse(text, large)) {
        write(out, large);
    } else if (!write_real(out, text)) {
        return std::nullopt;
    }
    return out;
}

std::optional<std::string> JsonPaths::find_fault(std::string_view path) {
    std::size_t depth = 0;
    bool has_gap = false;
    split(path, [&](std::string_view key) {
        has_gap = has_gap || key.empty();
        ++depth;
    });
    if (has_gap) return "a key of the path is empty";
    if (depth > kJsonDepthMax) return "the path is deeper than " + std::to_string(kJsonDepthMax) + " levels";
    return std::nullopt;
}

std::uint32_t JsonPaths::add(std::string_view path) {
    Node* node = &root_;
    split(path, [&node](std::string_view key) {
        auto child = std::ranges::find(node->children, key, &Node::key);
        node = child != node->children.end() ? &*child : &node->children.emplace_back(Node{std::string(key), {}, {}});
    });
    if (!node->number) node->number = count_++;
    return *node->number;
}

const JsonPaths::Node* JsonPaths::Node::find(std::string_view name) const {
    auto child = std::ranges::find(children, name, &Node::key);
    return child == children.end() ? nullptr : &*child;
}

// Follows the parser through the document, with the node of each open map or list, or null where nobody asks for it.
class JsonFields::Handler {
  public:
    // The parser asks for these by name. NOLINTBEGIN(readability-identifier-naming)
    static constexpr std::size_t max_object_size = SIZE_MAX;
    static constexpr std::size_t max_array_size = SIZE_MAX;
    static constexpr std::size_t max_key_size = SIZE_MAX;
    static constexpr std::size_t max_string_size = SIZE_MAX;
    // NOLINTEND(readability-identifier-naming)

    Handler(std::vector<Field>& fields, const JsonPaths::Node& root) : fields_(fields), next_(&root) {}

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) { return open(false); }
    bool on_object_end(std::size_t, json::error_code&) { return close(); }
    bool on_array_begin(json::error_code&) { return open(true); }
    bool on_array_end(std::size_t, json::error_code&) { return close(); }

    bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
        if (frame().node) key_.append(part.data(), part.size());
        return true;
    }
    bool on_key(json::string_view part, std::size_t size, json::error_code& error) {
        if (!frame().node) return true;
        if (part.size() == size) {
            next_ = frame().node->find({part.data(), part.size()});
        } else {
            on_key_part(part, size, error);
            next_ = frame().node->find(key_);
        }
        key_.clear();
        return true;
    }

    bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
        if (!std::exchange(is_in_string_, true)) text_ = begin_scalar();
        if (text_) text_->append(part.data(), part.size());
        return true;
    }
    bool on_string(json::string_view part, std::size_t size, json::error_code& error) {
        on_string_part(part, size, error);
        is_in_string_ = false;
        return true;
    }

    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t number, json::string_view, json::error_code&) {
        if (std::string* text = begin_scalar()) write(*text, number);
        return true;
    }
    bool on_uint64(std::uint64_t number, json::string_view, json::error_code&) {
        if (std::string* text = begin_scalar()) write(*text, number);
        return true;
    }
    // The parser's own number may be off by its last digit.
    bool on_double(double, json::string_view digits, json::error_code&) {
        std::string* text = begin_scalar();
        if (text && !write_real(*text, {digits.data(), digits.size()})) text->assign(digits.data(), digits.size());
        return true;
    }
    bool on_bool(bool is_true, json::error_code&) { return word(is_true ? "true" : "false"); }
    bool on_null(json::error_code&) { return word("null"); }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

  private:
    struct Frame {
        const JsonPaths::Node* node = nullptr;
        bool is_list = false;
        std::uint32_t index = 0;  // Of the next item.
    };

    Frame& frame() { return frames_[depth_ - 1]; }

    // The node of the value that begins.
    const JsonPaths::Node* enter() {
        if (depth_ == 0) return next_;
        if (!frame().node) return nullptr;
        const JsonPaths::Node* node = next_;
        if (frame().is_list) {
            std::array<char, 12> digits;
            auto end = std::to_chars(digits.data(), digits.data() + digits.size(), frame().index++).ptr;
            node = frame().node->find({digits.data(), static_cast<std::size_t>(end - digits.data())});
        }
        if (node) forget(*node);
        return node;
    }

    void forget(const JsonPaths::Node& node) {
        if (node.number) fields_[*node.number].state = State::absent;
        for (const JsonPaths::Node& child : node.children) forget(child);
    }

    bool open(bool is_list) {
        const JsonPaths::Node* node = enter();
        if (node && node->number) fields_[*node->number].state = State::compound;
        frames_[depth_++] = {node, is_list, 0};
        return true;
    }

    bool close() {
        --depth_;
        return true;
    }

    // Where the text of the scalar that begins goes, empty; null if nobody asks for it.
    std::string* begin_scalar() {
        const JsonPaths::Node* node = enter();
        if (!node || !node->number) return nullptr;
        Field& field = fields_[*node->number];
        field.state = State::scalar;
        field.text.clear();
        return &field.text;
    }

    bool word(const char* word) {
        if (std::string* text = begin_scalar()) *text = word;
        return true;
    }

    std::vector<Field>& fields_;
    const JsonPaths::Node* next_;  // Of the value behind the key that was read last; at first of the document.
    std::array<Frame, kJsonDepthMax> frames_;
    std::size_t depth_ = 0;
    std::string key_;
    bool is_in_string_ = false;
    std::string* text_ = nullptr;  // Of the string that is being read.
};

bool JsonFields::read(std::string_view text, const JsonPaths& paths) {
    if (text.size() > kJsonSizeMax) return false;
    fields_.resize(std::max<std::size_t>(fields_.size(), paths.count()));
    for (Field& field : fields_) field.state = State::absent;
    json::parse_options options;
    options.max_depth = kJsonDepthMax;
    json::basic_parser<Handler> parser(options, fields_, paths.root_);
    json::error_code error;
    return parser.write_some(false, text.data(), text.size(), error) == text.size() && !error;
}

}  // namespace millrace

#include "adapters/smtp/mime/addresses.hpp"

#include "adapters/common/utf8.hpp"
#include "adapters/smtp/mime/field_cursor.hpp"

namespace millrace::smtp::mime {
namespace {

constexpr std::string_view kSpecials = "()<>[]:;@\\,.\"";

bool is_atom(char c) { return !is_space(c) && kSpecials.find(c) == std::string_view::npos; }

bool is_dot_atom(std::string_view text) {
    if (text.empty() || text.front() == '.' || text.back() == '.') return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '.' ? text[i - 1] == '.' : !is_atom(text[i])) return false;
    }
    return true;
}

// Quoted again, where it must be.
std::string local_part(std::string_view text) {
    if (is_dot_atom(text)) return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

class AddressReader {
  public:
    AddressReader(std::string_view text, Charsets& charsets, std::size_t entries_max)
        : cursor_(text), charsets_(charsets), entries_max_(entries_max) {}

    AddressList read() {
        while (!cursor_.is_done() && !result_.is_cut) step();
        end_mailbox();
        if (is_in_group_) result_.is_sound = false;
        end_group();
        return std::move(result_);
    }

  private:
    enum class Kind { word, quoted, dot, at, literal };

    // Of a mailbox that is not in angle brackets.
    struct Token {
        Kind kind;
        std::string text;
        bool is_spaced;  // Blanks stand before it.
    };

    void step() {
        const std::size_t begin = cursor_.at();
        cursor_.skip_blanks(&comment_);
        const bool is_spaced = cursor_.at() != begin;
        switch (cursor_.peek()) {
            case '\0':
                return cursor_.skip();
            case ',':
                end_mailbox();
                return cursor_.skip();
            case ';':
                end_mailbox();
                if (!is_in_group_) result_.is_sound = false;
                end_group();
                return cursor_.skip();
            case ':':
                return take_colon();
            case '<':
                return take_angle();
            case '"': {
                tokens_.push_back({Kind::quoted, {}, is_spaced});
                if (!cursor_.read_quoted(tokens_.back().text)) result_.is_sound = false;
                return;
            }
            default:
                return take_token(is_spaced);
        }
    }

    void take_token(bool is_spaced) {
        const std::size_t begin = cursor_.at();
        const char c = cursor_.peek();
        Kind kind = c == '@' ? Kind::at : c == '.' ? Kind::dot : c == '[' ? Kind::literal : Kind::word;
        EncodedWord word{};
        if (c == '=' && parse_encoded_word(cursor_.rest(), word)) {
            cursor_.skip(word.size);
        } else if (c == '[') {
            while (!cursor_.is_done() && cursor_.peek() != ']' && cursor_.peek() != ',') cursor_.skip();
            if (cursor_.peek() == ']') cursor_.skip();
        } else if (is_atom(c)) {
            while (!cursor_.is_done() && is_atom(cursor_.peek())) cursor_.skip();
        } else {
            cursor_.skip();
            if (kind == Kind::word) result_.is_sound = false;
        }
        tokens_.push_back({kind, std::string(cursor_.since(begin)), is_spaced});
    }

    // The name of a group, if there is none yet.
    void take_colon() {
        cursor_.skip();
        if (is_in_group_ || has_angle_ || tokens_.empty()) {
            result_.is_sound = false;
            return;
        }
        group_ = decoded(joined(0, tokens_.size()));
        is_in_group_ = true;
        group_begin_ = result_.addresses.size();
        clear_mailbox();
    }

    // `<[route:]local@domain>`.
    void take_angle() {
        cursor_.skip();
        if (has_angle_) {
            result_.is_sound = false;
            end_mailbox();
        }
        has_angle_ = true;
        std::vector<Token> name;
        name.swap(tokens_);
        while (!cursor_.is_done() && cursor_.peek() != '>' && cursor_.peek() != ';') {
            const char c = cursor_.peek();
            if (c == '(' || is_space(c)) {
                cursor_.skip_blanks();
            } else if (c == ',' || c == ':') {  // Of a route, or the end of a mailbox that lacks its `>`.
                if (c == ',' && !is_route()) break;
                tokens_.clear();
                cursor_.skip();
            } else if (c == '"') {
                tokens_.push_back({Kind::quoted, {}, false});
                if (!cursor_.read_quoted(tokens_.back().text)) result_.is_sound = false;
            } else {
                take_token(false);
            }
        }
        if (cursor_.peek() == '>') {
            cursor_.skip();
        } else {
            result_.is_sound = false;
        }
        angle_ = find_spec().address;
        if (angle_.empty()) {
            result_.is_sound = false;
            angle_ = joined(0, tokens_.size());
        }
        tokens_.swap(name);
    }

    bool is_route() const { return tokens_.empty() || tokens_.front().kind == Kind::at; }

    struct Spec {
        std::string address;
        std::size_t begin = 0;  // Of the tokens.
        std::size_t end = 0;
    };

    // Around the last `@` that has something on both sides.
    Spec find_spec() const {
        for (std::size_t at = tokens_.size(); at-- > 0;) {
            if (tokens_[at].kind != Kind::at || at == 0 || at + 1 == tokens_.size()) continue;
            Spec spec{{}, at, at + 1};
            while (spec.begin > 0 && is_of_local(spec.begin - 1, at)) --spec.begin;
            while (spec.end < tokens_.size() && is_of_domain(spec.end, at)) ++spec.end;
            if (spec.begin == at || spec.end == at + 1) continue;
            std::string local;
            for (std::size_t i = spec.begin; i < at; ++i) local += tokens_[i].text;
            spec.address = local_part(local) + '@';
            for (std::size_t i = at + 1; i < spec.end; ++i) spec.address += tokens_[i].text;
            return spec;
        }
        return {};
    }

    // Words of a local part stand directly before the `@`, or have a dot between them.
    bool is_of_local(std::size_t i, std::size_t at) const {
        if (tokens_[i].kind == Kind::at || tokens_[i].kind == Kind::literal) return false;
        const bool is_joined = tokens_[i].kind == Kind::dot || tokens_[i + 1].kind == Kind::dot;
        return i + 1 == at || is_joined || !tokens_[i + 1].is_spaced;
    }

    bool is_of_domain(std::size_t i, std::size_t at) const {
        if (tokens_[i].kind == Kind::at || tokens_[i].kind == Kind::quoted) return false;
        const bool is_joined = tokens_[i].kind == Kind::dot || tokens_[i - 1].kind == Kind::dot;
        return i == at + 1 || (is_joined && tokens_[i - 1].kind != Kind::literal);
    }

    std::string joined(std::size_t begin, std::size_t end) const {
        std::string text;
        for (std::size_t i = begin; i < end; ++i) {
            if (tokens_[i].is_spaced && !text.empty()) text += ' ';
            text += tokens_[i].text;
        }
        return text;
    }

    std::string decoded(std::string_view text) {
        std::string out;
        append_text(out, text, charsets_, result_.faults);
        return out;
    }

    void end_mailbox() {
        if (tokens_.empty() && !has_angle_ && comment_.empty()) return;
        Address address;
        if (has_angle_) {
            address.address = angle_;
            address.name = decoded(joined(0, tokens_.size()));
        } else {
            const Spec spec = find_spec();
            address.address = spec.address;
            const std::string after = joined(spec.end, tokens_.size());
            std::string name = joined(0, spec.begin);
            if (!name.empty() && !after.empty()) name += ' ';
            address.name = decoded(name + after);
            if (spec.address.empty() || !address.name.empty()) result_.is_sound = false;
        }
        if (!comment_.empty()) add_comment(address.name);
        address.address = as_name(address.address);
        address.group = group_;
        add(std::move(address));
        clear_mailbox();
    }

    void add_comment(std::string& name) {
        const std::string comment = decoded(comment_);
        if (name.empty()) {
            name = comment;
        } else {
            name += " (" + comment + ')';
        }
    }

    void end_group() {
        if (is_in_group_ && group_begin_ == result_.addresses.size()) add({{}, {}, group_});
        is_in_group_ = false;
        group_.clear();
    }

    void add(Address address) {
        if (result_.addresses.size() == entries_max_) {
            result_.is_cut = true;
        } else {
            result_.addresses.push_back(std::move(address));
        }
    }

    void clear_mailbox() {
        tokens_.clear();
        comment_.clear();
        has_angle_ = false;
        angle_.clear();
    }

    FieldCursor cursor_;
    Charsets& charsets_;
    std::size_t entries_max_;
    AddressList result_;

    std::vector<Token> tokens_;  // Of the mailbox, or the name before its angle brackets.
    std::string comment_;        // The latest one in the mailbox.
    std::string angle_;          // The address in angle brackets.
    std::string group_;
    std::size_t group_begin_ = 0;  // How many addresses there were when the group began.
    bool has_angle_ = false;
    bool is_in_group_ = false;
};

}  // namespace

AddressList parse_addresses(std::string_view raw, Charsets& charsets, std::size_t entries_max) {
    return AddressReader(raw, charsets, entries_max).read();
}

}  // namespace millrace::smtp::mime

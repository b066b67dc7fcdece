#include "adapters/smtp/mime/body_selection.hpp"

#include <string_view>

namespace millrace::smtp::mime {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFF;

using List = std::vector<std::uint32_t>;

bool is_media(std::string_view type) {
    return type.starts_with("image/") || type.starts_with("audio/") || type.starts_with("video/");
}

// What a multipart says of its parts.
struct Setting {
    std::string_view multipart;  // `mixed`, `related`, `alternative` ..
    bool is_in_alternative;
    List* text;  // nullptr: what is here is not part of the text.
    List* html;
};

class Selector {
  public:
    Selector(const std::vector<Part>& parts, BodySelection& result) : parts_(parts), result_(result) {
        // Siblings as lists, so that the children of a part are found without looking at all the others.
        first_child_.assign(parts.size(), kNone);
        next_.assign(parts.size(), kNone);
        for (std::uint32_t i = static_cast<std::uint32_t>(parts.size()); --i > 0;) {
            next_[i] = first_child_[parts[i].parent];
            first_child_[parts[i].parent] = i;
        }
    }

    void select() { select(0, {"mixed", false, &result_.text, &result_.html}); }

  private:
    // The siblings from `begin` on. As deep as the tree, which Limits::depth bounds.
    void select(std::uint32_t begin, Setting setting) {
        const std::size_t texts = setting.text == nullptr ? 0 : setting.text->size();
        const std::size_t htmls = setting.html == nullptr ? 0 : setting.html->size();
        for (std::uint32_t i = begin; i != kNone; i = next_[i]) take(i, i == begin, setting);
        if (setting.multipart != "alternative" || setting.text == nullptr || setting.html == nullptr) return;
        const bool has_text = setting.text->size() > texts;
        const bool has_html = setting.html->size() > htmls;
        if (has_html && !has_text) copy_from(*setting.html, htmls, *setting.text);
        if (has_text && !has_html) copy_from(*setting.text, texts, *setting.html);
    }

    static void copy_from(const List& from, std::size_t begin, List& to) {
        for (std::size_t i = begin; i < from.size(); ++i) to.push_back(from[i]);
    }

    void take(std::uint32_t number, bool is_first, Setting& setting) {
        const Part& part = parts_[number];
        if (part.kind == Part::Kind::multipart) {
            Setting inner = setting;
            inner.multipart = std::string_view(part.type).substr(part.type.find('/') + 1);
            inner.is_in_alternative |= inner.multipart == "alternative";
            select(first_child_[number], inner);
        } else if (!is_inline(part, is_first, setting)) {
            result_.attachments.push_back(number);
        } else {
            take_inline(number, setting);
        }
    }

    // A part to be shown, rather than one to be kept.
    static bool is_inline(const Part& part, bool is_first, const Setting& setting) {
        const bool is_text = part.type == "text/plain" || part.type == "text/html";
        if (part.disposition == Disposition::attachment || (!is_text && !is_media(part.type))) return false;
        if (is_first) return true;
        return setting.multipart != "related" && (is_media(part.type) || part.file_name.empty());
    }

    void take_inline(std::uint32_t number, Setting& setting) {
        const std::string_view type = parts_[number].type;
        if (setting.multipart == "alternative") {
            List* body = type == "text/plain" ? setting.text : type == "text/html" ? setting.html : nullptr;
            if (is_media(type)) body = &result_.attachments;
            if (body != nullptr) body->push_back(number);
            return;
        }
        if (setting.is_in_alternative && type == "text/plain") setting.html = nullptr;
        if (setting.is_in_alternative && type == "text/html") setting.text = nullptr;
        if (setting.text != nullptr) setting.text->push_back(number);
        if (setting.html != nullptr) setting.html->push_back(number);
        const bool is_in_both = setting.text != nullptr && setting.html != nullptr;
        const bool is_in_none = setting.text == nullptr && setting.html == nullptr;
        if (is_in_none || (!is_in_both && is_media(type))) result_.attachments.push_back(number);
    }

    const std::vector<Part>& parts_;
    BodySelection& result_;
    List first_child_;
    List next_;
};

}  // namespace

BodySelection select_bodies(const std::vector<Part>& parts) {
    BodySelection result;
    Selector(parts, result).select();
    return result;
}

}  // namespace millrace::smtp::mime

#include "adapters/smtp/mime/header_reader.hpp"

#include "adapters/smtp/mime/ascii.hpp"

namespace millrace::smtp::mime {

std::size_t HeaderReader::name_size(const Line& line) const {
    std::size_t at = line.begin;
    while (at < line.end && raw_[at] > ' ' && raw_[at] != ':' && raw_[at] != '\x7F') ++at;
    const std::size_t size = at - line.begin;
    while (at < line.end && is_blank(raw_[at])) ++at;
    return at < line.end && raw_[at] == ':' ? size : 0;
}

bool HeaderReader::is_followed_by_field(const Line& line) const {
    return line.next < raw_.size() && name_size(line_at(raw_, line.next)) > 0;
}

void HeaderReader::take_folds(Line& line) const {
    while (line.next < raw_.size() && is_blank(raw_[line.next])) {
        const Line folded = line_at(raw_, line.next);
        line.end = folded.end;
        line.next = folded.next;
    }
}

bool HeaderReader::next(Field& field) {
    while (at_ < raw_.size()) {
        Line line = line_at(raw_, at_);
        if (line.end == line.begin) {
            at_ = line.next;
            return false;
        }
        if (boundaries_.match(raw_.substr(line.begin, line.end - line.begin))) return false;
        if (const std::size_t size = name_size(line); size > 0) {
            take_folds(line);
            const std::size_t colon = raw_.find(':', line.begin + size);
            field = {raw_.substr(line.begin, size), raw_.substr(colon + 1, line.end - colon - 1), line.begin};
            at_ = line.next;
            return true;
        }
        const bool is_mbox = at_ == 0 && raw_.starts_with("From ");
        if (!is_mbox && !is_followed_by_field(line)) {
            defects_.add(Fault::no_separator, part_, at_);
            return false;
        }
        if (!is_mbox) defects_.add(Fault::no_colon, part_, at_);
        at_ = line.next;
    }
    return false;
}

}  // namespace millrace::smtp::mime

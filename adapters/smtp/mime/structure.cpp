#include "adapters/smtp/mime/structure.hpp"

#include "adapters/smtp/mime/ascii.hpp"
#include "adapters/smtp/mime/part_header.hpp"

namespace millrace::smtp::mime {
namespace {

class StructureReader {
  public:
    StructureReader(std::string_view raw, const Reading& reading, Structure& result)
        : raw_(raw), reading_(reading), limits_(reading.limits), defects_(reading.defects), fields_(result.fields),
          parts_(result.parts) {}

    // The mail itself, or a message that is the decoded content of the part `within`.
    void read(std::optional<std::uint32_t> within) {
        within_ = within;
        begin_part(within.value_or(0), within ? parts_[*within].depth + 1 : 0);
        while (at_ < raw_.size() && boundaries_.size() > 0) {
            const Line line = line_at(raw_, at_);
            const auto match = boundaries_.match(raw_.substr(line.begin, line.end - line.begin));
            at_ = line.next;
            if (match) take_boundary(*match, line);
        }
        close_parts(0, raw_.size());
    }

  private:
    // A part whose end is not known yet.
    struct Open {
        std::uint32_t number;
        bool has_boundary;  // It has pushed its own.
        bool is_begun;      // Its boundary was met.
    };

    // Reads the header of a part that begins here, and if it is a message, that of the message in it, and so on.
    void begin_part(std::uint32_t parent, std::uint32_t depth) {
        for (bool is_message = true; is_message; ++depth) {
            const auto number = static_cast<std::uint32_t>(parts_.size());
            Part& part = parts_.emplace_back();
            part.parent = parent;
            part.depth = depth;
            part.within = within_;
            part.source = raw_;
            part.header_begin = at_;
            if (parts_[parent].type == "multipart/digest" && parent != number) part.type = "message/rfc822";
            read_header(part, number);
            classify(part, number);
            open_.push_back({number, part.kind == Part::Kind::multipart, false});
            if (part.kind == Part::Kind::multipart) boundaries_.push(boundary_of(number));
            is_message = part.kind == Part::Kind::message;
            parent = number;
        }
    }

    void read_header(Part& part, std::uint32_t number) {
        HeaderReader reader(raw_, at_, boundaries_, number, defects_);
        PartHeader header(part, number, reading_);
        Field field;
        std::size_t count = 0;
        while (reader.next(field)) {
            if (++count > limits_.fields || reader.size() > limits_.header_bytes) {
                defects_.add(Fault::header_limit, number, field.offset);
                continue;
            }
            header.take(field);
            if (number == 0) fields_.push_back(field);
        }
        at_ = reader.content();
        part.header_size = at_ - part.header_begin;
        part.begin = at_;
    }

    void classify(Part& part, std::uint32_t number) {
        const bool is_multipart = part.type.starts_with("multipart/");
        const bool is_message = part.type == "message/rfc822" || part.type == "message/global";
        if (!is_multipart && !is_message) return;
        if (part.encoding != Encoding::identity) {
            defects_.add(Fault::encoded_composite, number, part.header_begin);
            if (is_message) return;  // For parse_encoded_messages.
            part.encoding = Encoding::identity;
        }
        if (part.depth == limits_.depth) return defects_.add(Fault::depth_limit, number, part.header_begin);
        if (is_message) {
            if (parts_.size() == limits_.parts) return defects_.add(Fault::part_limit, number, part.begin);
            part.kind = Part::Kind::message;
            return;
        }
        const std::string_view boundary = trimmed(part.parameter("boundary"));
        if (boundary.empty() || boundary.size() > limits_.boundary_bytes) {
            defects_.add(Fault::missing_boundary, number, part.header_begin);
            part.type = "text/plain";
            return;
        }
        part.kind = Part::Kind::multipart;
    }

    // It stays where it is while parts are added: a vector that grows moves its elements' own vectors.
    std::string_view boundary_of(std::uint32_t number) const { return trimmed(parts_[number].parameter("boundary")); }

    void take_boundary(const Boundaries::Match& match, const Line& line) {
        std::size_t level = 0;
        std::size_t owner = 0;
        for (; !open_[owner].has_boundary || level++ < match.level; ++owner) continue;
        close_parts(owner + 1, end_before(line.begin));
        open_[owner].is_begun = true;
        const std::uint32_t number = open_[owner].number;
        if (match.is_last) {
            // What follows is read for the boundaries around it. The part goes on to the end, or to one of these.
            open_[owner].has_boundary = false;
            boundaries_.resize(match.level);
        } else if (parts_.size() >= limits_.parts) {
            defects_.add(Fault::part_limit, number, line.begin);
        } else {
            begin_part(number, parts_[number].depth + 1);
        }
    }

    // Of the content before a boundary that begins at `boundary`: the line end in front belongs to the boundary.
    std::size_t end_before(std::size_t boundary) const {
        std::size_t end = boundary;
        if (end > 0 && raw_[end - 1] == '\n') --end;
        if (end < boundary && end > 0 && raw_[end - 1] == '\r') --end;
        return end;
    }

    // All that are open from the place `keep` of the list on.
    void close_parts(std::size_t keep, std::size_t end) {
        while (open_.size() > keep) {
            const Open& open = open_.back();
            Part& part = parts_[open.number];
            part.size = end > part.begin ? end - part.begin : 0;
            if (open.has_boundary) {
                boundaries_.resize(boundaries_.size() - 1);
                defects_.add(open.is_begun ? Fault::unterminated : Fault::unused_boundary, open.number, part.begin);
                if (!open.is_begun) {
                    part.kind = Part::Kind::leaf;
                    part.type = "text/plain";
                }
            }
            open_.pop_back();
        }
    }

    std::string_view raw_;
    const Reading& reading_;
    const Limits& limits_;
    Defects& defects_;
    std::vector<Field>& fields_;
    std::vector<Part>& parts_;
    std::optional<std::uint32_t> within_;
    std::size_t at_ = 0;
    std::vector<Open> open_;  // From the message to where we are.
    Boundaries boundaries_;
};

// Messages that came in base64 or quoted-printable: their parts stand behind all others.
void parse_encoded_messages(const Reading& reading, Structure& structure) {
    const Limits& limits = reading.limits;
    std::size_t end = 0;  // Of the parts at this depth of encoding.
    for (std::size_t depth = 0; depth < limits.encoded_messages; ++depth) {
        std::size_t number = end;
        end = structure.parts.size();
        for (; number < end && structure.parts.size() < limits.parts; ++number) {
            const Part& part = structure.parts[number];
            const bool is_message = part.type == "message/rfc822" || part.type == "message/global";
            if (!is_message || part.kind != Part::Kind::leaf || part.encoding == Encoding::identity) continue;
            if (part.size > limits.encoded_message_bytes || part.depth >= limits.depth) continue;
            structure.decoded.push_back(read_content(part.encoding, part.content(), part.size).bytes);
            structure.parts[number].kind = Part::Kind::message;
            StructureReader(structure.decoded.back(), reading, structure).read(static_cast<std::uint32_t>(number));
        }
    }
}

}  // namespace

void parse_structure(std::string_view raw, const Reading& reading, Structure& structure) {
    structure.fields.clear();
    structure.parts.clear();
    structure.decoded.clear();
    structure.fields.reserve(32);
    StructureReader(raw, reading, structure).read(std::nullopt);
    parse_encoded_messages(reading, structure);
}

}  // namespace millrace::smtp::mime

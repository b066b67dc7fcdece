#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/smtp/mime/limits.hpp"
#include "adapters/smtp/mime/part.hpp"

namespace millrace::smtp::mime {

// What a multipart/report (RFC 6522) says of an earlier mail: millrace.v1.Email.Report has the meaning of each.
struct Report {
    enum class Kind : std::uint8_t { delivery = 1, disposition = 2, feedback = 3 };

    struct Recipient {
        std::string original;
        std::string final;
        std::string action;
        std::string status;
        std::string diagnostic;
        std::string remote_mta;
    };

    Kind kind;
    std::string reporting_mta;
    std::string original_envelope_id;
    std::string original_message_id;
    std::string feedback_type;
    std::vector<Recipient> recipients;
    std::optional<std::uint32_t> original;
};

// The report of the message, which is known by a part message/delivery-status, message/disposition-notification or
// message/feedback-report: by the first of them that is not within a message. Nothing where there is none.
std::optional<Report> find_report(const std::vector<Part>& parts, const Limits& limits);

}  // namespace millrace::smtp::mime

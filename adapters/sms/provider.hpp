#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "adapters/sms/event.hpp"
#include "adapters/sms/outbound.hpp"
#include "adapters/sms/reply.hpp"
#include "adapters/sms/signature_scheme.hpp"

// The providers that are spoken to: one table, a row each. A provider is a file of its own name.
namespace millrace::sms {

enum class Carries { nothing, gsm7, text, all };

struct Provider {
    std::string_view name;
    std::string_view schemes;  // Of its signatures, by default: names, in the order of preference, between spaces.
    Read read;                 // What its webhooks say.
    Render render;             // Null: it does not read what its webhooks are answered with.
    Carries carries;           // What of a reply it reads there; others leave by REST.
    Build build;               // How it is asked to send,
    Details details;           // and what it answers.
    std::uint32_t answer_within_ms;  // How long it waits for the answer to a webhook.
};

std::span<const Provider> providers();

// Whether a reply can leave in the response to a webhook.
bool carries(const Provider& provider, std::string_view text, bool has_media);

// Null where there is none of that name.
const Provider* find_provider(std::string_view name);

// Its rows of the table of signatures.
std::vector<const SignatureScheme*> schemes_of(const Provider& provider);

Reading read_twilio(Payload& payload, std::vector<Event>& events);
HttpRequest build_twilio(const Account& account, const Outbound& message);
std::optional<Fate> details_of_twilio(unsigned status, std::string_view body, Answer& answer);

Reading read_vonage_sms(Payload& payload, std::vector<Event>& events);
HttpRequest build_vonage_sms(const Account& account, const Outbound& message);
std::optional<Fate> details_of_vonage_sms(unsigned status, std::string_view body, Answer& answer);

Reading read_vonage_messages(Payload& payload, std::vector<Event>& events);
HttpRequest build_vonage_messages(const Account& account, const Outbound& message);
std::optional<Fate> details_of_vonage_messages(unsigned status, std::string_view body, Answer& answer);

Reading read_plivo(Payload& payload, std::vector<Event>& events);
HttpRequest build_plivo(const Account& account, const Outbound& message);
std::optional<Fate> details_of_plivo(unsigned status, std::string_view body, Answer& answer);

Reading read_messagebird(Payload& payload, std::vector<Event>& events);
HttpRequest build_messagebird(const Account& account, const Outbound& message);
std::optional<Fate> details_of_messagebird(unsigned status, std::string_view body, Answer& answer);

Reading read_telnyx(Payload& payload, std::vector<Event>& events);
HttpRequest build_telnyx(const Account& account, const Outbound& message);
std::optional<Fate> details_of_telnyx(unsigned status, std::string_view body, Answer& answer);

Reading read_sinch(Payload& payload, std::vector<Event>& events);
HttpRequest build_sinch(const Account& account, const Outbound& message);
std::optional<Fate> details_of_sinch(unsigned status, std::string_view body, Answer& answer);

Reading read_bandwidth(Payload& payload, std::vector<Event>& events);
HttpRequest build_bandwidth(const Account& account, const Outbound& message);
std::optional<Fate> details_of_bandwidth(unsigned status, std::string_view body, Answer& answer);

Reading read_kannel(Payload& payload, std::vector<Event>& events);
HttpRequest build_kannel(const Account& account, const Outbound& message);
std::optional<Fate> details_of_kannel(unsigned status, std::string_view body, Answer& answer);

Reading read_generic(Payload& payload, std::vector<Event>& events);
HttpRequest build_generic(const Account& account, const Outbound& message);
std::optional<Fate> details_of_generic(unsigned status, std::string_view body, Answer& answer);

}  // namespace millrace::sms

#include "adapters/chat/slack/sending.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "adapters/chat/common/degradation.hpp"
#include "adapters/chat/common/splitting.hpp"
#include "adapters/chat/common/tried.hpp"
#include "adapters/chat/slack/emoji.hpp"
#include "adapters/chat/slack/mrkdwn.hpp"
#include "adapters/common/json.hpp"
#include "adapters/common/utf8.hpp"

namespace millrace::chat::slack {
namespace {

namespace json = boost::json;

constexpr std::size_t kAddressBytesMax = 128;
constexpr std::size_t kPartsMax = 50;  // That one command may become.

// A text as Slack takes it.
struct Marked {
    std::string text;
    bool has_markup;
};

class Maker {
  public:
    Maker(const SendingContext& context, Sending& sending)
        : to_(sending.to), command_(sending.command.chat()), context_(context), sending_(sending) {}

    std::string make(const Deed& deed) {
        switch (deed.kind) {
            case Deed::Kind::say:
                return say(deed);
            case Deed::Kind::edit:
                return edit(deed);
            case Deed::Kind::erase:
                for (const std::string& id : deed.message_ids) add(Method::erase, {{"ts", id}});
                return {};
            case Deed::Kind::react:
                add(deed.is_removed ? Method::remove_reaction : Method::add_reaction,
                    {{"timestamp", deed.message_ids.front()}, {"name", std::string(name_of_emoji(deed.emoji))}});
                return {};
            case Deed::Kind::topic:
                add(Method::set_topic, {{"topic", deed.text}});
                return {};
            case Deed::Kind::refuse:
                break;
        }
        return deed.text;
    }

    // Bytes become a file.
    void upload(std::string_view bytes, const std::string& title) {
        const v1::Chat::File file = command_.send().files_size() > 0 ? command_.send().files(0) : v1::Chat::File();
        const std::string name = !file.name().empty() ? file.name() : title.empty() ? "file" : title;
        sending_.calls.push_back(
            {Method::get_upload_url, {{"filename", name}, {"length", std::to_string(bytes.size())}}});
        sending_.calls.push_back({.method = Method::upload, .body = std::string(bytes)});
        FormFields fields{{"channel_id", to_.channel}, {"title", title.empty() ? name : title}};
        std::string thread = to_.thread;
        if (command_.send().has_thread()) thread = command_.send().thread().message_id();
        if (!thread.empty()) fields.push_back({"thread_ts", thread});
        sending_.calls.push_back({Method::complete_upload, std::move(fields)});
    }

  private:
    std::string say(const Deed& deed) {
        const std::vector<std::string_view> pieces = split(deed.text, capabilities(false).text_max, kUnit);
        if (pieces.size() > kPartsMax) return "it is too long";
        const std::string& thread = deed.thread.empty() ? deed.reply_to : deed.thread;
        for (const std::string_view piece : pieces) post(piece, marked(deed, piece), deed, thread);
        return {};
    }

    void post(std::string_view piece, const Marked& marked, const Deed& deed, const std::string& thread) {
        sending_.texts.emplace_back(piece);
        const std::string& where = thread.empty() ? to_.thread : thread;
        if (const std::string url = response_url(); !url.empty()) {
            json::object body{{"text", marked.text}, {"response_type", "in_channel"}, {"replace_original", false}};
            if (!marked.has_markup) body["mrkdwn"] = false;
            if (!where.empty()) body["thread_ts"] = where;
            sending_.calls.push_back({.method = Method::response, .url = url, .body = json::serialize(body)});
            return;
        }
        const bool is_action = deed.said_as == v1::Chat::Message::ACTION && where.empty() && deed.shown_name.empty();
        if (is_action) return add(Method::me_message, {{"text", marked.text}});
        FormFields fields{{"text", marked.text}};
        if (!marked.has_markup) fields.push_back({"mrkdwn", "false"});
        if (!where.empty()) fields.push_back({"thread_ts", where});
        if (!deed.shown_name.empty()) {
            fields.push_back({"username", deed.shown_name});
            const std::string& avatar = command_.send().shown_avatar_url();
            if (!avatar.empty()) fields.push_back({"icon_url", avatar});
        }
        add(Method::post_message, std::move(fields));
    }

    // What has more parts now gets new messages for them, what has fewer loses some.
    std::string edit(const Deed& deed) {
        const std::vector<std::string_view> pieces = split(deed.text, capabilities(false).text_max, kUnit);
        if (pieces.size() > kPartsMax) return "it is too long";
        const std::size_t kept = std::min(pieces.size(), deed.message_ids.size());
        sending_.ids = deed.message_ids;
        for (std::size_t i = 0; i < kept; ++i) {
            add(Method::update,
                {{"ts", deed.message_ids[i]}, {"text", marked(deed, pieces[i]).text}, {"parse", "none"}});
        }
        for (std::size_t i = kept; i < deed.message_ids.size(); ++i) add(Method::erase, {{"ts", deed.message_ids[i]}});
        for (std::size_t i = kept; i < pieces.size(); ++i) post(pieces[i], marked(deed, pieces[i]), deed, {});
        return {};
    }

    const Spans& spans() const { return command_.has_edit() ? command_.edit().spans() : command_.send().spans(); }

    Marked marked(const Deed& deed, std::string_view piece) const {
        if (!deed.keeps_spans || spans().empty()) return {escaped(piece), false};
        const auto begin = static_cast<std::size_t>(piece.data() - deed.text.data());
        return {write_mrkdwn(piece, spans_of_piece(spans(), begin, piece.size())), true};
    }

    std::string response_url() const {
        if (to_.response.empty() || command_.action_case() > v1::ChatCommand::kSend) return {};
        return context_.response_urls.take(to_.response, context_.now_ms);
    }

    void add(Method method, FormFields fields) {
        fields.insert(fields.begin(), {"channel", to_.channel});
        sending_.calls.push_back({method, std::move(fields)});
    }

    static constexpr TextUnit kUnit = TextUnit::characters;

    const Address& to_;
    const v1::ChatCommand& command_;
    const SendingContext& context_;
    Sending& sending_;
};

bool is_id(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

Address Address::parse(std::string_view text) {
    Address address;
    if (const std::size_t at = text.find('?'); at != text.npos) {
        address.response = text.substr(at + 1);
        text = text.substr(0, at);
    }
    const std::size_t slash = text.find('/');
    address.channel = text.substr(0, slash);
    if (slash != text.npos) address.thread = text.substr(slash + 1);
    return address;
}

std::string Address::text() const {
    std::string text = channel;
    if (!thread.empty()) (text += '/') += thread;
    if (!response.empty()) (text += '?') += response;
    return text;
}

void Sending::take(const ApiAnswer& answer) {
    const JsonView body(answer.body);
    const Method method = calls[next++].method;
    if (method == Method::post_message || method == Method::me_message) {
        if (const std::string_view ts = body["ts"].text(); !ts.empty()) ids.emplace_back(ts);
    } else if (method == Method::erase) {
        std::erase(ids, value_of(calls[next - 1].fields, "ts"));
    } else if (method == Method::get_upload_url && next + 1 < calls.size()) {
        calls[next].url = body["upload_url"].text();
        json::object file{{"id", body["file_id"].text()}};
        FormFields& fields = calls[next + 1].fields;
        const auto title = std::ranges::find(fields, "title", &FormField::name);
        file["title"] = title->value;
        *title = {"files", json::serialize(json::array{std::move(file)})};
    }
}

std::string to_sending(const millrace::Outgoing& command, std::string_view address, Sending& sending) {
    sending.size = command.payload.size() + command.body.size();
    sending.receipt = command.receipt;
    sending.name = Tried::name_of(command.id, {address, "\n", command.payload, command.body});
    sending.hops = command.hops;
    sending.to = Address::parse(address);
    if (address.size() > kAddressBytesMax || !is_id(address) || !is_id(sending.to.channel))
        return "there is nobody whom it is for";
    if (!sending.command.ParseFromArray(command.body.data(), static_cast<int>(command.body.size())))
        return "its body is no Command";
    sending.payload = command.payload;
    sending.is_data = command.payload_kind == MILLRACE_DATA;
    if (!sending.is_data) return is_utf8(command.payload) ? "" : "it is not UTF-8";
    if (sending.command.chat().action_case() > v1::ChatCommand::kSend) return "bytes are a file, and change nothing";
    return command.payload.empty() ? "there is nothing in the file" : "";
}

std::string plan_calls(const SendingContext& context, Sending& sending) {
    sending.is_planned = true;
    Maker maker(context, sending);
    if (sending.is_data) {
        maker.upload(sending.payload, sending.command.title());
        return {};
    }
    return maker.make(
        plan(context.capabilities, context.ids, sending.to.channel, sending.command.chat(), sending.payload));
}

Capabilities capabilities(bool shows_names) {
    return {.edit = Reach::any,
            .erase = Reach::any,
            .reacts = true,
            .replies = true,
            .threads = true,
            .sets_topic = true,
            .shows_names = shows_names,
            .formats = true,
            .files = Files::link,
            .text_max = 4'000,
            .text_unit = TextUnit::characters,
            .has_message_ids = true,
            .fills_gaps = true,
            .confirms = true};
}

Capabilities published(Capabilities capabilities) {
    capabilities.edit = capabilities.erase = Reach::own;
    capabilities.files = Files::upload;
    return capabilities;
}

}  // namespace millrace::chat::slack

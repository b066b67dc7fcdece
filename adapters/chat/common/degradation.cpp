#include "adapters/chat/common/degradation.hpp"

#include <utility>

namespace millrace::chat {
namespace {

constexpr std::string_view kEditMark = "* ";

Deed refused(std::string why) {
    Deed deed;
    deed.text = std::move(why);
    return deed;
}

// A message that a command refers to.
struct Found {
    std::vector<std::string> message_ids{};  // Empty: it has none, or is not known.
    bool is_ours = false;
};

class Planner {
  public:
    Planner(const Capabilities& network, const IdMap& ids, std::string_view conversation)
        : network_(network), ids_(ids), conversation_(conversation) {}

    Deed send(const v1::ChatCommand::Send& send, std::string_view text) const {
        Deed deed;
        deed.kind = Deed::Kind::say;
        if (send.kind() != v1::Chat::Message::KIND_UNSPECIFIED) deed.said_as = send.kind();
        deed.text = text;
        deed.keeps_spans = network_.formats;
        for (const v1::Chat::File& file : send.files()) {
            if (network_.files == Files::upload) {
                deed.uploads.push_back(file);
            } else if (network_.files == Files::link && !file.url().empty() && !file.needs_auth()) {
                if (!deed.text.empty()) deed.text += '\n';
                if (!file.name().empty()) (deed.text += file.name()) += ": ";
                deed.text += file.url();
            } else {
                return refused("the network takes no files, and this one has no URL that all may use");
            }
        }
        if (deed.text.empty() && deed.uploads.empty()) return refused("there is nothing to say");
        show_name(deed, send.shown_name());
        if (network_.replies && send.has_reply_to()) deed.reply_to = first(find(send.reply_to()));
        if (network_.threads && send.has_thread()) deed.thread = first(find(send.thread()));
        return deed;
    }

    Deed edit(const v1::ChatCommand::Edit& edit, std::string_view text) const {
        if (text.empty()) return refused("there is nothing to say");
        Found found = find(edit.message());
        Deed deed;
        deed.text = text;
        if (!found.message_ids.empty() && may(network_.edit, found)) {
            deed.kind = Deed::Kind::edit;
            deed.message_ids = std::move(found.message_ids);
            deed.keeps_spans = network_.formats;
            show_name(deed, edit.shown_name());
            return deed;
        }
        if (!found.is_ours) return refused("the message is not known, so it cannot be changed");
        deed.kind = Deed::Kind::say;
        deed.text.insert(0, kEditMark);
        show_name(deed, edit.shown_name());
        return deed;
    }

    Deed erase(const v1::ChatCommand::Delete& erase) const {
        if (network_.erase == Reach::none) return refused("the network cannot delete");
        Found found = find(erase.message());
        if (found.message_ids.empty() || !may(network_.erase, found))
            return refused("the message is not known, so it cannot be deleted");
        Deed deed;
        deed.kind = Deed::Kind::erase;
        deed.message_ids = std::move(found.message_ids);
        return deed;
    }

    Deed react(const v1::ChatCommand::React& react) const {
        if (!network_.reacts) return refused("the network has no reactions");
        Found found = find(react.message());
        if (found.message_ids.empty()) return refused("the message is not known, so nobody can react to it");
        if (react.emoji().empty()) return refused("a reaction without an emoji is none");
        Deed deed;
        deed.kind = Deed::Kind::react;
        deed.message_ids = std::move(found.message_ids);
        deed.emoji = react.emoji();
        deed.is_removed = react.is_removed();
        return deed;
    }

    Deed topic(std::string_view text) const {
        if (!network_.sets_topic) return refused("the network has no topics");
        Deed deed;
        deed.kind = Deed::Kind::topic;
        deed.text = text;
        return deed;
    }

  private:
    static bool may(Reach reach, const Found& found) {
        return reach == Reach::any || (reach == Reach::own && found.is_ours);
    }
    static std::string first(const Found& found) { return found.message_ids.empty() ? "" : found.message_ids.front(); }

    void show_name(Deed& deed, const std::string& name) const {
        if (name.empty()) return;
        if (network_.shows_names) {
            deed.shown_name = name;
        } else {
            const bool is_action = deed.said_as == v1::Chat::Message::ACTION;
            const std::string mark = is_action ? name + " " : "<" + name + "> ";
            for (std::size_t line = 0; line != std::string::npos;) {
                deed.text.insert(line, mark);
                line = deed.text.find('\n', line);
                if (line != std::string::npos) ++line;
            }
            deed.keeps_spans = false;
        }
    }

    Found find(const v1::Chat::Reference& reference) const {
        const IdMap::Entry* entry = nullptr;
        if (!reference.client_id().empty()) entry = ids_.find(conversation_, reference.client_id());
        if (!entry && !reference.message_id().empty()) entry = ids_.find_message(conversation_, reference.message_id());
        if (entry) return {entry->message_ids, true};
        if (reference.message_id().empty()) return {};
        return {{reference.message_id()}, false};
    }

    const Capabilities& network_;
    const IdMap& ids_;
    std::string_view conversation_;
};

}  // namespace

Deed plan(const Capabilities& network, const IdMap& ids, std::string_view conversation, const v1::ChatCommand& command,
          std::string_view text) {
    const Planner planner(network, ids, conversation);
    switch (command.action_case()) {
        case v1::ChatCommand::kEdit:
            return planner.edit(command.edit(), text);
        case v1::ChatCommand::kDelete:
            return planner.erase(command.delete_());
        case v1::ChatCommand::kReact:
            return planner.react(command.react());
        case v1::ChatCommand::kTopic:
            return planner.topic(text);
        case v1::ChatCommand::kSend:
            return planner.send(command.send(), text);
        case v1::ChatCommand::ACTION_NOT_SET:
            break;
    }
    return planner.send(v1::ChatCommand::Send::default_instance(), text);
}

}  // namespace millrace::chat

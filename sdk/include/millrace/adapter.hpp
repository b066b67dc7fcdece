#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "millrace/abi.h"
#include "millrace/adapter_host.hpp"
#include "millrace/config.hpp"
#include "millrace/detail/bytes.hpp"
#include "millrace/detail/manifest_text.hpp"
#include "millrace/keys.hpp"

// Writing an adapter: a plugin that speaks one protocol.
//
//     class Line : public millrace::Scope { ... };              // one conversation with the outside
//     class Port : public millrace::Adapter {                   // the configured adapter: its listeners and threads
//       public:
//         Port(millrace::AdapterHost host, const millrace::Config& config);
//         ...
//     };
//     MILLRACE_ADAPTER("port", "1.0.0", "serial", MILLRACE_MATCH_TEXT("device"), Port)
//
// Manifest  says what the class declares: the keys of its nested type `Settings` (keys.hpp), if it has one, and its
//           static constexpr ScopeDeclaration `kScope`. The constructor reads with millrace::read(config, settings_).
// Life      Constructor (reads the configuration and does nothing else; `check` calls it too), prepare, start, then
//           traffic, quiesce, stop, destructor. All on the gateway's control thread. Where the configuration changes
//           while it runs, a new object is made and takes over: this one gets retire, and its stop when it is empty.
// Threads   An adapter owns its I/O threads. Each attaches as a Loop; a scope is opened on one loop and never leaves
//           it: every call about it, in both directions, is made on that loop's thread.
// Nesting   Inside open, submit and run the gateway may call settled and send of any scope of that loop. These append
//           to a buffer and return; the adapter writes when the outermost call has returned.
// Endings   Exactly one side ends a scope: the adapter with AdapterHost::close, or the gateway with Scope::close or an
//           answer other than MILLRACE_ACK. After that neither names it again, and the object may be freed.
// Memory    Views are borrowed for the call.
// Errors    A constructor, prepare or start that throws std::exception fails with its text. What throws anywhere else
//           is logged as an error of the adapter, and the call counts as done.
namespace millrace::inline sdk {

// A configured adapter.
class Adapter {
  public:
    virtual ~Adapter() = default;

    // Takes what may be refused: addresses, files.
    virtual void prepare() {}
    // Starts the threads; each has attached when this returns. Then lets the outside in.
    virtual void start() = 0;
    // Another generation takes over, or the configuration has it no more: listeners close. What is open goes on; when
    // all of it has ended, stop follows, or quiesce where it takes too long.
    virtual void retire() = 0;
    // Takes nothing new: listeners close, reading stops. What is open stays, and answers still leave.
    virtual void quiesce() = 0;
    // [loop] The same command for many scopes of one loop. For overriding where it can be framed once.
    virtual void send(std::span<Scope* const> scopes, const Outgoing& command) {
        for (Scope* scope : scopes) scope->send(command);
    }
    // After the last close: says goodbye to peers within the deadline and ends every thread.
    virtual void stop(std::chrono::milliseconds deadline) = 0;
};

// How long a scope is.
enum class Lifetime {
    connection,   // As long as the connection that it is.
    transaction,  // Until its one message is settled.
    keyed,        // Its key may come again at any time: a topic, a phone number, a room.
};

// Where a reply goes.
enum class ReplyMode {
    connection,  // To the scope's own connection.
    verdict,     // The outcome of the message is the answer in the protocol.
    any,         // To the address that the scope is named after, from any gateway.
};

// Who tries again.
enum class RetryMode {
    local,     // The gateway.
    upstream,  // The sender, who hears of it.
};

// When the sender of a message hears yes, on routes that do not say it.
enum class DeliveryMode {
    live,   // As soon as every mailbox has it.
    acked,  // When every consumer has handled it: where the sender would send it again.
};

// What an adapter promises of its scopes.
struct ScopeDeclaration {
    std::string_view key;  // What tells one scope from another, in words.
    Lifetime lifetime;
    std::uint32_t closes_by[16];  // MILLRACE_REASON_..., every one that the adapter gives or is given.
    ReplyMode reply;
    RetryMode retry;
    DeliveryMode delivery = DeliveryMode::live;
};

namespace detail {

constexpr std::string_view name_of(Lifetime lifetime) {
    constexpr std::string_view kNames[] = {"connection", "transaction", "keyed"};
    return kNames[static_cast<int>(lifetime)];
}

constexpr std::string_view name_of(ReplyMode mode) {
    constexpr std::string_view kNames[] = {"connection", "verdict", "any"};
    return kNames[static_cast<int>(mode)];
}

constexpr std::string_view name_of_reason(std::uint32_t reason) {
    constexpr std::string_view kNames[] = {"", "peer", "lost", "idle", "protocol_error", "policy", "drain", "consumer"};
    if (reason >= std::size(kNames)) throw "there is no such reason for the end of a scope";
    return kNames[reason];
}

constexpr void write_scope(ManifestWriter& out, const ScopeDeclaration& scope) {
    out.name("scope"), out.begin('{');
    out.member("key", scope.key), out.member("lifetime", name_of(scope.lifetime));
    out.name("closes_by"), out.begin('[');
    for (const std::uint32_t reason : scope.closes_by) {
        if (reason != 0) out.value(name_of_reason(reason));
    }
    out.end(']'), out.end('}');
    out.member("reply", name_of(scope.reply));
    out.member("retry", scope.retry == RetryMode::local ? "local" : "upstream");
    if (scope.delivery == DeliveryMode::acked) out.member("delivery", "acked");
}

// `match_keys` is JSON.
template <class Type>
constexpr void write_adapter(ManifestWriter& out, std::string_view protocol, std::string_view match_keys) {
    out.member("protocol", protocol);
    out.name("match"), out.begin('['), out.put(match_keys), out.end(']');
    if constexpr (requires { Type::kScope; }) write_scope(out, Type::kScope);
    if constexpr (requires { typename Type::Settings; }) write_config<typename Type::Settings>(out);
}

// What `self` is on the other side of the border.
struct AdapterInstance {
    AdapterHost host;
    std::unique_ptr<Adapter> adapter;
};

// The border's table for one class of adapter.
template <class Type> class AdapterTable {
  public:
    static const millrace_plugin* plugin() {
        static const millrace_adapter kAdapter{sizeof kAdapter, 0,    create, prepare, start,       quiesce, stop,
                                               destroy,         wake, settle, send,    close_scope, resume,  retire};
        static const millrace_plugin kPlugin{sizeof kPlugin, MILLRACE_MAGIC, MILLRACE_ABI, 0, nullptr, &kAdapter};
        return &kPlugin;
    }

  private:
    static millrace_status create(const millrace_adapter_host* host, millrace_bytes json, const millrace_errors* errors,
                                  void** self) {
        const Config config(view(json), errors);
        try {
            auto instance = std::make_unique<AdapterInstance>(AdapterInstance{AdapterHost(host), nullptr});
            instance->adapter = std::make_unique<Type>(instance->host, config);
            if (!config.finish()) return MILLRACE_ERROR;
            *self = instance.release();
            return MILLRACE_OK;
        } catch (const std::exception& error) {
            config.error("", error.what());
        } catch (...) {
            config.error("", "the adapter failed without saying why");
        }
        return MILLRACE_ERROR;
    }

    static millrace_status prepare(void* self, const millrace_sink* error) {
        return told(error, [&] { adapter(self).prepare(); });
    }
    static millrace_status start(void* self, const millrace_sink* error) {
        return told(error, [&] { adapter(self).start(); });
    }
    static void retire(void* self) {
        logged(self, [&] { adapter(self).retire(); });
    }
    static void quiesce(void* self) {
        logged(self, [&] { adapter(self).quiesce(); });
    }
    static void stop(void* self, std::uint32_t deadline_ms) {
        logged(self, [&] { adapter(self).stop(std::chrono::milliseconds(deadline_ms)); });
    }
    static void destroy(void* self) { delete static_cast<AdapterInstance*>(self); }
    static void wake(void* context) { static_cast<Loop*>(context)->wake(); }

    static void settle(void* self, const millrace_settlement* first, std::uint32_t count, std::uint32_t stride) {
        each(self, first, count, stride, [](const millrace_settlement& it) {
            if (it.kind == MILLRACE_CONNECT) return scope(it.scope_context).settled(Answer(it));
            scope(it.scope_context).settled(it.cookie, it.verdict, it.code, view(it.text));
        });
    }
    static void send(void* self, const millrace_send* first, std::uint32_t count, std::uint32_t stride) {
        each(self, first, count, stride, [self](const millrace_send& it) {
            const Outgoing command = outgoing(it);
            if (it.scope_count == 1) return scope(*it.scope_contexts).send(command);
            adapter(self).send({reinterpret_cast<Scope* const*>(it.scope_contexts), it.scope_count}, command);
        });
    }
    static void close_scope(void* self, void* context, std::uint32_t reason, std::uint32_t code, millrace_bytes text) {
        logged(self, [&] { scope(context).close(reason, code, view(text)); });
    }
    static void resume(void* self, void* context) {
        logged(self, [&] { scope(context).resume(); });
    }

    static Adapter& adapter(void* self) { return *static_cast<AdapterInstance*>(self)->adapter; }
    static Scope& scope(void* context) { return *static_cast<Scope*>(context); }

    template <class Item, class Take>
    static void each(void* self, const Item* first, std::uint32_t count, std::uint32_t stride, Take take) {
        const auto* at = reinterpret_cast<const std::uint8_t*>(first);
        for (; count > 0; --count, at += stride) {
            logged(self, [&] { take(*reinterpret_cast<const Item*>(at)); });
        }
    }

    template <class Run> static void logged(void* self, Run run) {
        const AdapterHost& host = static_cast<AdapterInstance*>(self)->host;
        try {
            run();
        } catch (const std::exception& error) {
            host.log(MILLRACE_LOG_ERROR, error.what());
        } catch (...) {
            host.log(MILLRACE_LOG_ERROR, "the adapter failed without saying why");
        }
    }

    template <class Run> static millrace_status told(const millrace_sink* sink, Run run) {
        std::string_view text = "the adapter failed without saying why";
        try {
            run();
            return MILLRACE_OK;
        } catch (const std::exception& error) {
            sink->write(sink->context, bytes(error.what()));
        } catch (...) {
            sink->write(sink->context, bytes(text));
        }
        return MILLRACE_ERROR;
    }
};

}  // namespace detail
}  // namespace millrace::inline sdk

// Match keys for MILLRACE_ADAPTER: attributes that never change within a scope. In a path, wildcards stop at `/`.
// Several are joined by a comma in quotes: MILLRACE_MATCH_PATH("path") "," MILLRACE_MATCH_TEXT("peer")
#define MILLRACE_MATCH_TEXT(key) "{\"key\":\"" key "\",\"type\":\"text\",\"constant\":true}"
#define MILLRACE_MATCH_PATH(key) "{\"key\":\"" key "\",\"type\":\"path\",\"constant\":true}"
#define MILLRACE_MATCH_TOPIC(key) "{\"key\":\"" key "\",\"type\":\"topic\",\"constant\":true}"
// One that each message has of its own (millrace_submission::attributes).
#define MILLRACE_MATCH_VARYING(key) "{\"key\":\"" key "\",\"type\":\"text\",\"constant\":false}"

// Makes the plugin, once in a shared object: its manifest and its one exported function. The first four are string
// literals; Type is derived from Adapter and constructed as in the example above.
#define MILLRACE_ADAPTER(id, version, protocol, match_keys, Type)                                                  \
    static_assert(::millrace::detail::is_plugin_id(id), "an id has lower-case letters, digits, `_` and `-` only"); \
    static constexpr auto millrace_manifest MILLRACE_MANIFEST_SECTION =                                            \
        ::millrace::detail::manifest_text([](::millrace::detail::ManifestWriter& out) {                            \
            ::millrace::detail::write_head(out, id, version, "adapter");                                           \
            ::millrace::detail::write_adapter<Type>(out, protocol, match_keys);                                    \
        });                                                                                                        \
    extern "C" const millrace_plugin* millrace_plugin_v1(void) {                                                   \
        return ::millrace::detail::AdapterTable<Type>::plugin();                                                   \
    }

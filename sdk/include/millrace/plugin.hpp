#pragma once

#include <concepts>
#include <memory>
#include <string_view>
#include <type_traits>

#include "millrace/config.hpp"
#include "millrace/consumer.hpp"
#include "millrace/detail/deliver.hpp"
#include "millrace/detail/manifest_text.hpp"
#include "millrace/keys.hpp"

// A consumer type as a plugin: the tables of abi.h, made from what the type has.
namespace millrace::inline sdk {

namespace detail {

// What a consumer shares that says nothing of it: nothing.
struct NothingShared {
    static constexpr auto kKeys = keys();
};

template <class Type> struct SharedOf { using type = NothingShared; };
template <class Type>
requires requires { typename Type::Shared; }
struct SharedOf<Type> {
    using type = typename Type::Shared;
};

template <class Type> class ConsumerTable {
    using Base = std::conditional_t<std::derived_from<Type, AsyncConsumer>, AsyncConsumer, PlainConsumer>;
    using Shared = typename SharedOf<Type>::type;
    static_assert(std::derived_from<Type, Base>, "derive from Consumer, InlineConsumer or AsyncConsumer");

    // What `create` makes: a consumer as it is configured.
    struct Configured {
        const millrace_consumer_host* host;
        Shared shared;
    };

    static Configured& configured(void* self) { return *static_cast<Configured*>(self); }
    static Base& instance(void* self) { return *static_cast<Base*>(self); }

    // Runs `body`; what it throws goes to `report` as text.
    template <class Body, class Report> static millrace_status guard(Body body, Report report) noexcept {
        try {
            return body();
        } catch (const std::exception& error) {
            report(bytes(error.what()));
        } catch (...) {
            report(bytes("something was thrown that is no std::exception"));
        }
        return MILLRACE_ERROR;
    }

    static std::unique_ptr<Configured> configure(const millrace_consumer_host* host, const Config& config) {
        if constexpr (std::constructible_from<Shared, const Config&>) {
            return std::unique_ptr<Configured>(new Configured{host, Shared(config)});
        } else {
            std::unique_ptr<Configured> made(new Configured{host, {}});
            read(config, made->shared);
            return made;
        }
    }

    static millrace_status create(const millrace_consumer_host* host, millrace_bytes json,
                                  const millrace_errors* errors, void** self) {
        const auto report = [&](millrace_bytes text) { errors->add(errors->context, millrace_bytes{}, text); };
        const auto body = [&] {
            const Config config(view(json), errors);
            std::unique_ptr<Configured> made = configure(host, config);
            if (!config.finish()) return MILLRACE_ERROR;
            *self = made.release();
            return MILLRACE_OK;
        };
        return guard(body, report);
    }

    static millrace_status start(void* self, const millrace_sink* error) {
        const auto body = [&] {
            if constexpr (requires(Shared & shared) { shared.start(); }) configured(self).shared.start();
            return MILLRACE_OK;
        };
        return guard(body, [&](millrace_bytes text) { error->write(error->context, text); });
    }

    static void stop(void* self) {
        const millrace_host* host = configured(self).host->common;
        const auto body = [&] {
            if constexpr (requires(Shared & shared) { shared.stop(); }) configured(self).shared.stop();
            return MILLRACE_OK;
        };
        guard(body, [&](millrace_bytes text) { host->log(host->self, MILLRACE_LOG_ERROR, text); });
    }

    static void destroy(void* self) { delete &configured(self); }

    static millrace_status open(void* self, millrace_bytes state, void** instance) {
        const millrace_consumer_host* host = configured(self).host;
        const auto body = [&] {
            opening = {host, view(state)};
            Base* opened = nullptr;
            if constexpr (std::constructible_from<Type, Shared&>)
                opened = new Type(configured(self).shared);
            else
                opened = new Type();
            *instance = opened;
            return MILLRACE_OK;
        };
        const millrace_host* common = host->common;
        const millrace_status status =
            guard(body, [&](millrace_bytes text) { common->log(common->self, MILLRACE_LOG_ERROR, text); });
        opening = {};
        return status;
    }

    static std::uint32_t deliver(void* self, const millrace_event* events, std::uint32_t count, std::uint32_t stride) {
        return detail::deliver(instance(self), events, count, stride);
    }

    static void close(void* self) { delete &instance(self); }

    static void cancel(void* self, millrace_id token) { Runner(instance(self)).stop(token); }

    static void resumed(void* self, millrace_id operation, std::int32_t status) {
        detail::resumed(instance(self), operation, status != MILLRACE_OP_DONE);
    }

    static void work(void* self, millrace_id) { detail::work(instance(self)); }

    static constexpr millrace_consumer kConsumer{sizeof(millrace_consumer),
                                                 Type::kMode,
                                                 create,
                                                 start,
                                                 stop,
                                                 destroy,
                                                 open,
                                                 deliver,
                                                 close,
                                                 cancel,
                                                 resumed,
                                                 work};

  public:
    static constexpr millrace_plugin kPlugin{
        sizeof(millrace_plugin), MILLRACE_MAGIC, MILLRACE_ABI, 0, &kConsumer, nullptr};
};

}  // namespace detail

// The plugin that Type is. For tests; a shared object says MILLRACE_CONSUMER.
template <class Type> const millrace_plugin* plugin() { return &detail::ConsumerTable<Type>::kPlugin; }

}  // namespace millrace::inline sdk

// Makes a shared object of a consumer type: its manifest and the one symbol that the gateway looks for. Once, at the
// end of the plugin's file, outside any namespace. `id` is what the configuration says under `plugin`. The manifest has
// the keys that Type::Shared declares (keys.hpp).
#define MILLRACE_CONSUMER(id, version, Type)                                                                       \
    static_assert(::millrace::detail::is_plugin_id(id), "an id has lower-case letters, digits, `_` and `-` only"); \
    static constexpr auto millrace_manifest MILLRACE_MANIFEST_SECTION =                                            \
        ::millrace::detail::manifest_text([](::millrace::detail::ManifestWriter& out) {                            \
            ::millrace::detail::write_head(out, id, version, "consumer");                                          \
            ::millrace::detail::write_config<::millrace::detail::SharedOf<Type>::type>(out);                       \
        });                                                                                                        \
    extern "C" const millrace_plugin* millrace_plugin_v1(void) { return ::millrace::plugin<Type>(); }

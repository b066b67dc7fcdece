/* A consumer without the C++ SDK: answers every message with its own payload. */
#include <stdlib.h>

#include "millrace/abi.h"

static const char manifest[] MILLRACE_MANIFEST_SECTION =
    "{\"id\":\"c_echo\",\"version\":\"1.0.0\",\"kind\":\"consumer\",\"abi\":\"" MILLRACE_ABI_TEXT "\"}";

struct consumer {
    const millrace_consumer_host* host;
};

static millrace_status create(const millrace_consumer_host* host, millrace_bytes config, const millrace_errors* errors,
                              void** self) {
    (void)config, (void)errors;
    struct consumer* consumer = malloc(sizeof *consumer);
    if (!consumer) return MILLRACE_ERROR;
    consumer->host = host;
    *self = consumer;
    return MILLRACE_OK;
}

static millrace_status start(void* self, const millrace_sink* error) {
    (void)self, (void)error;
    return MILLRACE_OK;
}

static void stop(void* self) { (void)self; }

static void destroy(void* self) { free(self); }

static millrace_status open_instance(void* self, millrace_bytes state, void** instance) {
    (void)state;
    *instance = self;
    return MILLRACE_OK;
}

static uint32_t deliver(void* instance, const millrace_event* events, uint32_t count, uint32_t stride) {
    const millrace_consumer_host* host = ((const struct consumer*)instance)->host;
    for (uint32_t i = 0; i < count; ++i) {
        const millrace_event* event = (const millrace_event*)((const char*)events + (size_t)i * stride);
        if (event->kind == MILLRACE_MESSAGE) {
            const millrace_command reply = {.struct_size = sizeof reply,
                                            .verb = MILLRACE_REPLY,
                                            .payload_kind = event->payload_kind,
                                            .payload = event->payload};
            host->record(host->self, event->token, &reply);
        }
        const millrace_outcome outcome = {.struct_size = sizeof outcome, .verdict = MILLRACE_ACK};
        if (host->complete(host->self, event->token, &outcome) != MILLRACE_OK) return i + 1;
    }
    return count;
}

static void close_instance(void* instance) { (void)instance; }

static void cancel(void* instance, millrace_id token) { (void)instance, (void)token; }

static void resumed(void* instance, millrace_id op, int32_t status) { (void)instance, (void)op, (void)status; }

static void work(void* instance, millrace_id op) { (void)instance, (void)op; }

static const millrace_consumer consumer = {sizeof consumer, MILLRACE_ASYNC, create,         start,  stop,    destroy,
                                           open_instance,   deliver,        close_instance, cancel, resumed, work};

static const millrace_plugin plugin = {sizeof plugin, MILLRACE_MAGIC, MILLRACE_ABI, 0, &consumer, NULL};

const millrace_plugin* millrace_plugin_v1(void) { return &plugin; }

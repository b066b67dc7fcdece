/* The plugin border of Millrace: a C ABI that adapters and consumers are loaded through. consumer.hpp, adapter.hpp and
 * testing.hpp put C++ on top of it; other languages bind to it. A plugin is a shared object that exports one symbol,
 * millrace_plugin_v1, and carries its manifest in an ELF section (MILLRACE_MANIFEST_SECTION).
 *
 * Layout   Fixed-width integers, no C++ types. Every struct begins with struct_size, the size its maker knew; fields
 *          are only appended: MILLRACE_HAS tells of later ones. Arrays of structs carry their stride. Tables of
 *          functions are reached by pointer. A plugin has no undefined symbol of the gateway's.
 * Memory   What a pointer shows is borrowed until the call returns. Results go into sinks. Neither side frees what the
 *          other has allocated. Text is UTF-8 with a length, never terminated; keys, attributes, addresses and names of
 *          groups and timers have no control characters (U+0000-001F, U+007F-009F) either, or are refused.
 * Threads  Each function says who calls it:
 *            [control]  one gateway thread; no two [control] calls to one plugin at a time
 *            [loop]     the thread that runs the scope's loop (an adapter's I/O thread, see loop_attach)
 *            [worker]   a thread of the consumer's pool
 *            [any]      any thread at any time between create and the return of stop
 *          Nothing here waits for another thread, and no call into the gateway blocks.
 * Errors   No exception, longjmp or exit crosses the border; a plugin installs no signal handler and changes neither
 *          locale, umask, directory nor environment. A wrong, stale or foreign id is refused and counted.
 * Version  While the ABI is 0.x, MILLRACE_ABI of gateway and plugin have to be equal. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MILLRACE_ABI 8u /* 0.8 */
#define MILLRACE_ABI_TEXT "0.8"
#define MILLRACE_MAGIC 0x31526c4du /* "MlR1" */
#define MILLRACE_EXPORT __attribute__((visibility("default")))

/* Puts a JSON text where the gateway finds it: `static const char manifest[] MILLRACE_MANIFEST_SECTION = "{...}";`
 * Its keys: id, version, kind ("consumer" | "adapter"), abi (MILLRACE_ABI_TEXT); requires: ["id of an extension"];
 * config: the keys of the configuration ([]: none; absent: the plugin judges them itself). For adapters also protocol;
 * match: [{"key", "type": "text" | "path" | "topic", "constant": true}], what routes can match on;
 * scope: {"key": "in words", "lifetime": "connection" | "transaction" | "keyed", "closes_by": ["peer", "idle", ...]};
 * reply: "connection" | "verdict" | "any"; retry: "local" | "upstream".
 * Of config each is {"key": "tls.cert", "subscribe[].qos", ..., "type": text, integer, number, bool, duration, size,
 * path, address, secret, content, list, map or any}, and may have required, default, min, max ("20s"), choices, unit,
 * otherwise (what holds without it, in words), about. Maps and lists with nothing below them take anything. */
#define MILLRACE_MANIFEST_SECTION __attribute__((section(".millrace.manifest"), used))

/* Is `field` inside what the maker of *s knew? */
#define MILLRACE_HAS(s, field) ((s)->struct_size >= offsetof(__typeof__(*(s)), field) + sizeof((s)->field))

/* 0 is success, anything else a failure whose text went into the call's sink, if it has one. */
typedef int32_t millrace_status;
#define MILLRACE_OK 0
#define MILLRACE_ERROR 1
#define MILLRACE_STOP 2 /* complete() only: take no further event in this call of deliver */

/* Names a scope, a delivery or an operation: a slot and a generation, so that one that has ended is never taken for its
 * successor. 0 names nothing. */
typedef uint64_t millrace_id;

typedef struct millrace_bytes {
    const uint8_t* data;
    uint64_t size;
} millrace_bytes;

/* Takes bytes; may be called more than once, the pieces are joined. */
typedef struct millrace_sink {
    uint32_t struct_size;
    uint32_t reserved;
    void* context;
    void (*write)(void* context, millrace_bytes bytes);
} millrace_sink;

/* Takes configuration errors, all that there are. `path` names the key ("subscribe[0].topic"), empty for none in
 * particular; the gateway adds file, line and column. */
typedef struct millrace_errors {
    uint32_t struct_size;
    uint32_t reserved;
    void* context;
    void (*add)(void* context, millrace_bytes path, millrace_bytes text);
} millrace_errors;

/* The numbers of millrace.v1.ChannelMessage.Kind and .Reason. */
#define MILLRACE_CONNECT 1u
#define MILLRACE_MESSAGE 2u
#define MILLRACE_DISCONNECT 3u
#define MILLRACE_TIMER 4u
#define MILLRACE_RECEIPT 5u
#define MILLRACE_GAP 6u

#define MILLRACE_REASON_PEER 1u
#define MILLRACE_REASON_LOST 2u
#define MILLRACE_REASON_IDLE 3u
#define MILLRACE_REASON_PROTOCOL_ERROR 4u
#define MILLRACE_REASON_POLICY 5u
#define MILLRACE_REASON_DRAIN 6u
#define MILLRACE_REASON_CONSUMER 7u
#define MILLRACE_REASON_RESTART 8u /* only of what was spooled for a scope that is gone */

#define MILLRACE_NO_PAYLOAD 0u
#define MILLRACE_TEXT 1u /* valid UTF-8 */
#define MILLRACE_DATA 2u

/* One delivery of one event to one consumer.
 * scope + event + payload, concatenated, are the serialised millrace.v1.ChannelMessage; `payload` alone is the text or
 * the data, so that whoever needs no more parses nothing. */
typedef struct millrace_event {
    uint32_t struct_size;
    uint32_t kind;         /* MILLRACE_CONNECT, ... */
    uint32_t payload_kind; /* MILLRACE_NO_PAYLOAD, ... */
    uint32_t reason;       /* MILLRACE_REASON_...; DISCONNECT only, else 0 */
    uint32_t attempt;      /* 1, 2, ...: above 1 the consumer may have seen it */
    uint32_t reserved;
    millrace_id token; /* of this delivery: record(), complete() */
    uint64_t order;    /* counts the events of this opening of the scope, from 0 */
    uint64_t seq;      /* counts what this consumer got of this scope, from 0, without gaps */
    millrace_bytes scope;
    millrace_bytes event;
    millrace_bytes payload;
    millrace_bytes body; /* what belongs to it beside these, such as a mail as it came; until the delivery has ended */
} millrace_event;

#define MILLRACE_LOG_DEBUG 1
#define MILLRACE_LOG_INFO 2
#define MILLRACE_LOG_WARN 3
#define MILLRACE_LOG_ERROR 4

/* One for each configured consumer or adapter; valid until the return of destroy. `self` is its first argument. */
typedef struct millrace_host {
    uint32_t struct_size;
    uint32_t abi; /* MILLRACE_ABI of the gateway */
    void* self;
    /* [any] A line in the gateway's log, with the plugin's configured name. */
    void (*log)(void* self, int32_t level, millrace_bytes text);
    /* [any] Microseconds since 1970-01-01 UTC. In tests the time is the test's. */
    int64_t (*now_us)(void* self);
    /* [any] The JSON form (proto3 mapping, original field names) of the event; fails where it is no ChannelMessage. */
    millrace_status (*to_json)(void* self, const millrace_event* event, const millrace_sink* out);
    /* [any] A number of the plugin's, for the metrics: at most 64 names, each of at most 64 of a-z, 0-9 and `_`. */
    void (*gauge)(void* self, millrace_bytes name, double value);
} millrace_host;

/* ---- Consumers --------------------------------------------------------------------------------------------------- */

#define MILLRACE_REPLY 1u       /* to the scope's peer; on a channel, to the sender of the event */
#define MILLRACE_CLOSE 2u       /* the scope, in its protocol's way */
#define MILLRACE_JOIN 3u        /* this consumer of this scope becomes a member of group `address` */
#define MILLRACE_LEAVE 4u       /* no longer; closing a scope leaves all its groups */
#define MILLRACE_GROUP_SEND 5u  /* the consumers of group `address` get a MESSAGE */
#define MILLRACE_GROUP_REPLY 6u /* the peers of group `address` get the payload; no handler runs */
#define MILLRACE_SEND \
    7u                     /* to `address`: a channel ("bank:alice"), a scope's peer ("web:1f-3"), or what an
                                 * adapter with MILLRACE_ADDRESSES makes of it ("plant:alerts/1") */
#define MILLRACE_ANSWER 8u /* to whoever sent this event, with its correlation */
#define MILLRACE_AFTER 9u  /* in `delay_us`, a TIMER comes whose payload is this one: its name */
#define MILLRACE_NEVER 10u /* the TIMER of that name does not come */

/* Flags of a command. */
#define MILLRACE_TRY 1u      /* REPLY, SEND, ANSWER: MILLRACE_FULL leaves the delivery's verdict alone */
#define MILLRACE_NOT_SELF 2u /* GROUP_SEND, GROUP_REPLY: but not this one */
#define MILLRACE_REPORTED 4u /* GROUP_SEND, GROUP_REPLY, SEND to an adapter: a RECEIPT tells what came of it */
#define MILLRACE_ASKS 8u     /* SEND: an answer is expected; its place is reserved here */

typedef struct millrace_command {
    uint32_t struct_size;
    uint32_t verb;          /* MILLRACE_REPLY, ... */
    uint32_t payload_kind;  /* what to send; MILLRACE_NO_PAYLOAD: the body alone */
    uint32_t code;          /* CLOSE: the protocol's close code, 0 for its usual one */
    millrace_bytes payload; /* what to send; CLOSE: the reason's text */
    millrace_bytes body;    /* a serialised millrace.v1.Command with what has no place above; usually empty */
    millrace_bytes address; /* the group's name, or where to send; at most MILLRACE_ADDRESS_MAX bytes */
    uint32_t flags;         /* MILLRACE_TRY, ... */
    uint32_t reserved;
    uint64_t correlation; /* comes with what is sent, and back in the answer and in the RECEIPT */
    uint64_t delay_us;    /* AFTER */
} millrace_command;

#define MILLRACE_ADDRESS_MAX 200u
#define MILLRACE_TIMERS_MAX 64u /* of one instance at a time; AFTER above it gets MILLRACE_FULL */

/* The answer to a command, known at once: its room is reserved, so that a commit can neither wait nor fail. */
#define MILLRACE_TAKEN 0
#define MILLRACE_FULL 1        /* no room now; the delivery's verdict becomes RETRY, and it waits for room */
#define MILLRACE_TOO_LARGE 2   /* larger than the target will ever take */
#define MILLRACE_UNKNOWN 3     /* no such target, one that is closed, or one channel too many */
#define MILLRACE_NOT_ALLOWED 4 /* not here: the verb, the thread, the address (no name, `may_send`), or it has ended */

/* How a handler ended. */
#define MILLRACE_ACK 1u
#define MILLRACE_RETRY 2u  /* undo it, and deliver the event again later */
#define MILLRACE_REJECT 3u /* never again; as the answer to CONNECT: refused */

typedef struct millrace_outcome {
    uint32_t struct_size;
    uint32_t verdict; /* MILLRACE_ACK, ... */
    uint32_t code;    /* REJECT: in the terms of the protocol (an HTTP status for a WebSocket's CONNECT), 0 for none */
    uint32_t reserved;
    millrace_bytes text; /* for the log, for dead letters and, on REJECT, for the peer where it can be told */
} millrace_outcome;

#define MILLRACE_SLEEP 1u   /* resumed after `arg` microseconds */
#define MILLRACE_OFFLOAD 2u /* work() is called on a worker, then resumed */

#define MILLRACE_OP_DONE 0
#define MILLRACE_OP_CANCELLED 1 /* the delivery is to end now */

/* What the gateway offers to a consumer. Valid as long as `common`. */
typedef struct millrace_consumer_host {
    uint32_t struct_size;
    uint32_t reserved;
    const millrace_host* common;
    void* self;
    /* [the thread that runs the handler] Puts a command into the delivery's outbox; its bytes are copied. It leaves
     * when the delivery is completed with ACK, in the order of record, or (RETRY, REJECT) never. -> MILLRACE_TAKEN, ...
     */
    int32_t (*record)(void* self, millrace_id token, const millrace_command* command);
    /* [any] Ends a delivery, exactly once. A second or late one is refused and counted. MILLRACE_STOP: the event comes
     * again (RETRY, or ACK after a MILLRACE_FULL), so deliver returns now, this event counted as taken. */
    millrace_status (*complete)(void* self, millrace_id token, const millrace_outcome* outcome);
    /* [loop] Async consumers only: starts MILLRACE_SLEEP or MILLRACE_OFFLOAD within an open delivery. */
    millrace_status (*start_op)(void* self, millrace_id token, uint32_t kind, uint64_t arg, millrace_id* op);
    /* [the thread that runs the handler] What the next instance for this scope is opened with; kept when the delivery
     * is completed with ACK. At most MILLRACE_STATE_MAX bytes. */
    millrace_status (*set_state)(void* self, millrace_id token, millrace_bytes state);
} millrace_consumer_host;

#define MILLRACE_STATE_MAX (1u << 20)

#define MILLRACE_SYNC 0u  /* handlers may block: deliver runs on a worker of the consumer's pool */
#define MILLRACE_ASYNC 1u /* handlers never block: deliver runs on the scope's loop */

/* A consumer. All but create take what create (self) or open (instance) gave. */
typedef struct millrace_consumer {
    uint32_t struct_size;
    uint32_t mode; /* MILLRACE_SYNC or MILLRACE_ASYNC */
    /* [control] Reads the configuration (a JSON object) and does nothing else: no thread, no file, no network; `check`
     * calls it too. On failure nothing is left behind and destroy is not called. */
    millrace_status (*create)(const millrace_consumer_host* host, millrace_bytes config, const millrace_errors* errors,
                              void** self);
    /* [control] May open files, connect, start threads. On failure destroy follows. */
    millrace_status (*start)(void* self, const millrace_sink* error);
    /* [control] After the last close. Ends every thread it has; it makes no call into the gateway after its return. */
    void (*stop)(void* self);
    void (*destroy)(void* self); /* [control] */
    /* [loop or worker, as deliver] An instance for one scope. At most one of its handlers runs at a time. `state` is
     * what the one before it has left, empty at first. */
    millrace_status (*open)(void* self, millrace_bytes state, void** instance);
    /* [loop or worker] Events in order. Returns how many it took, 1 to count; of those all but the last are completed.
     * If the last is not, the instance gets no further event until it is. */
    uint32_t (*deliver)(void* instance, const millrace_event* events, uint32_t count, uint32_t stride);
    /* [loop or worker] After its last event, or when it is given up: no delivery is open. */
    void (*close)(void* instance);
    /* [loop, also while deliver runs on a worker] The handler of this delivery ought to end soon. */
    void (*cancel)(void* instance, millrace_id token);
    /* [loop] An operation of the open delivery has ended; `status` is MILLRACE_OP_DONE or MILLRACE_OP_CANCELLED. For a
     * MILLRACE_OFFLOAD it is called only when work() has returned, or is never to be called. */
    void (*resumed)(void* instance, millrace_id op, int32_t status);
    /* [worker] The blocking part of a MILLRACE_OFFLOAD. */
    void (*work)(void* instance, millrace_id op);
} millrace_consumer;

#include "millrace/abi_adapter.h"

typedef struct millrace_plugin {
    uint32_t struct_size;
    uint32_t magic; /* MILLRACE_MAGIC */
    uint32_t abi;   /* MILLRACE_ABI */
    uint32_t reserved;
    const millrace_consumer* consumer; /* one of the two, the other is null */
    const millrace_adapter* adapter;
} millrace_plugin;

/* The one exported symbol. Called once, on a [control] thread; what it returns lives as long as the process. */
MILLRACE_EXPORT const millrace_plugin* millrace_plugin_v1(void);

#ifdef __cplusplus
}
#endif

/* The adapters' part of the plugin border; abi.h, which includes it, has what holds for all of it. */
#pragma once

#ifndef MILLRACE_ABI
#error "include millrace/abi.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct millrace_loop millrace_loop;

typedef struct millrace_attribute {
    millrace_bytes key;
    millrace_bytes value;
} millrace_attribute;

/* Flags of a scope. */
#define MILLRACE_ADDRESSES 1u     /* no conversation, but all addresses of the adapter: it gets what is sent to them */
#define MILLRACE_REPLY_TO 2u      /* a reply goes where the event's `reply_to` says, and nowhere where it has none */
#define MILLRACE_VARIES 4u        /* match keys that it leaves out come with each message: each is routed by itself */
#define MILLRACE_TELLS_DROPPED 8u /* it hears MILLRACE_DROPPED apart from MILLRACE_UNMATCHED */

/* A scope to open. Everything is copied but `context`, which comes back with each call about the scope.
 *
 * One with MILLRACE_ADDRESSES has neither key nor attributes nor consumers: it is open at once, nothing is submitted to
 * it, and an adapter has one at a time, before any other scope, which then are no addresses themselves. */
typedef struct millrace_scope_spec {
    uint32_t struct_size;
    uint32_t attribute_count;
    void* context;
    millrace_bytes key;                   /* unique within the adapter, not empty */
    const millrace_attribute* attributes; /* those of the manifest's match keys that it has, and header.NAME */
    millrace_bytes fields;                /* serialised ChannelMessage fields of every event of the scope: the body */
    uint64_t send_bytes_max;              /* what may wait for the peer: replies above it get MILLRACE_FULL */
    uint32_t flags;                       /* MILLRACE_ADDRESSES, ... */
    uint32_t settle_deadline_ms; /* `acked` messages that fail after it are not tried again; 0: as the route says */
    millrace_id routes;          /* of a probe: routed by the configuration that has answered it; 0: by that of now */
} millrace_scope_spec;

#define MILLRACE_OPENED 0
#define MILLRACE_UNMATCHED 1 /* no route takes it, or one drops it; or its key, an attribute or `routes` is refused */
#define MILLRACE_DRAINING 2  /* the gateway stops, or a consumer that `routes` leads to is gone */
#define MILLRACE_NO_SLOT 3   /* too many scopes */
#define MILLRACE_DROPPED 4   /* a route drops it; to scopes with MILLRACE_TELLS_DROPPED */

/* Asks where a MESSAGE would go of which not all is known yet: is there somebody for this recipient? What the message
 * says itself (header.NAME, text, json.PATH) is never known. */
typedef struct millrace_probe {
    uint32_t struct_size;
    uint32_t attribute_count;
    const millrace_attribute* attributes; /* match keys that are known */
    const millrace_bytes* unknown;        /* names of match keys that come later; those in neither list are absent */
    uint32_t unknown_count;
    uint32_t reserved;
} millrace_probe;

#define MILLRACE_PROBE_NO 0    /* no route that delivers can take it; or an attribute is refused */
#define MILLRACE_PROBE_MAYBE 1 /* that hangs on what is not known yet */
#define MILLRACE_PROBE_YES 2   /* a route that delivers takes it, whatever the rest turns out to be */
#define MILLRACE_PROBE_LATER 3 /* nobody can say now: the gateway stops, or too many answers are held */

/* A MESSAGE. The gateway copies what it keeps. */
typedef struct millrace_submission {
    uint32_t struct_size;
    uint32_t payload_kind; /* MILLRACE_TEXT or MILLRACE_DATA */
    millrace_bytes payload;
    millrace_bytes fields;                /* serialised ChannelMessage fields of this event alone; usually empty */
    uint64_t cookie;                      /* comes back in the settlement, where there is one */
    const millrace_attribute* attributes; /* match keys that are not constant; header.NAME for routes alone */
    uint32_t attribute_count;
    uint32_t hops;              /* what the protocol carries of millrace.v1.ChannelMessage.hops */
    millrace_bytes external_id; /* under which the sender would send it again; empty: none */
    millrace_bytes body;        /* what belongs to it beside the payload, such as a mail as it came; usually empty */
    millrace_id sealed;         /* not 0: a body of body_create, in place of `body` */
} millrace_submission;

#define MILLRACE_SETTLED 0u /* the sender may hear yes */
#define MILLRACE_PENDING 1u /* a settlement follows */
#define MILLRACE_NOWHERE 2u /* it is settled, and nobody has it: no route takes it, or one drops it */

/* A message that its sender was said yes to, since sending it again would not help, and that no consumer will have. */
typedef struct millrace_letter {
    uint32_t struct_size;
    uint32_t payload_kind; /* MILLRACE_TEXT or MILLRACE_DATA */
    millrace_bytes key;    /* of the scope that it would have been of; not empty */
    millrace_bytes payload;
    millrace_bytes fields; /* serialised ChannelMessage fields: the body */
    millrace_bytes reason; /* a word by which a person finds it: `unmatched`, `unreadable` */
    millrace_bytes text;   /* why, for people */
} millrace_letter;

/* A command that leaves, for one scope or for many (a group's: the adapter frames it once). For each of them the size
 * of payload and body counts against send_bytes_max until written() gives it back. */
typedef struct millrace_send {
    uint32_t struct_size;
    uint32_t payload_kind;
    void* const* scope_contexts;
    uint32_t scope_count;
    uint32_t reserved;
    millrace_bytes payload;
    millrace_bytes body;    /* serialised millrace.v1.Command, usually empty */
    millrace_bytes address; /* sent to an address: what stands behind the adapter's name; a reply: its `reply_to` */
    uint32_t hops;          /* what the protocol carries of millrace.v1.ChannelMessage.hops */
    uint32_t reserved2;
    uint64_t receipt; /* not 0: somebody waits for outcome() */
    uint64_t id;      /* not 0: the same whenever this command comes again, after an outcome of LOST or a restart */
    /* Who waits for outcome(), so that it can be told after its scope was closed and opened again, and after a restart:
     * the gateway's words, for the adapter to keep; and the key of the scope of this adapter that it asks from. Empty:
     * nobody waits, or from elsewhere. */
    millrace_bytes asker;
    millrace_bytes asked_in;
} millrace_send;

/* What became of what was sent. */
#define MILLRACE_SENT 1u     /* the protocol's other side has it */
#define MILLRACE_REJECTED 2u /* it does not want it, or the adapter does not */
#define MILLRACE_LOST 3u     /* nobody can tell; what has an `id` comes again */
#define MILLRACE_UNSURE 4u   /* nobody can tell, and it does not come again: a second try might be a second message */
#define MILLRACE_KEPT 5u     /* not yet: the adapter tries again later by itself, and takes others meanwhile */

/* Of one command. Where more can be said later, as of a message that its operator has yet to deliver, not all of them
 * are final: the receipt is good until one is. What has an `id` has left with the first of them. */
typedef struct millrace_report {
    uint32_t struct_size;
    uint32_t outcome; /* MILLRACE_SENT, ...; 0 in a final one: nothing more will be said */
    uint64_t receipt;
    uint32_t code;         /* the protocol's, or 0 */
    uint32_t is_final;     /* 0 or 1 */
    millrace_bytes text;   /* for people */
    millrace_bytes fields; /* serialised ChannelMessage fields of the RECEIPT: the body */
    millrace_bytes asker;  /* not empty, and then `receipt` is 0: who is told, of a millrace_send */
    millrace_id scope;     /* open now, with the key that was its `asked_in`; 0: it had none, or there is none */
} millrace_report;

/* How an event ended: CONNECT always, a MESSAGE on a route of class `acked`. */
typedef struct millrace_settlement {
    uint32_t struct_size;
    uint32_t kind;    /* MILLRACE_CONNECT or MILLRACE_MESSAGE */
    uint32_t verdict; /* MILLRACE_ACK, MILLRACE_RETRY: not now, MILLRACE_REJECT. Else than acked, a scope is gone. */
    uint32_t code;
    void* scope_context;
    uint64_t cookie; /* MESSAGE: of the submission */
    millrace_bytes text;
    const millrace_send* replies; /* CONNECT, ACK: what the consumers answered, in order */
    uint32_t reply_count;
    uint32_t reply_stride;
} millrace_settlement;

/* What the gateway offers to an adapter. Valid as long as `common`. Calls about a loop, but for loop_attach, are made
 * on its thread; from elsewhere they are refused and counted. */
typedef struct millrace_adapter_host {
    uint32_t struct_size;
    uint32_t reserved;
    const millrace_host* common;
    void* self;
    /* [an I/O thread of the adapter] Makes the calling thread a loop. `context` comes back with wake. */
    millrace_status (*loop_attach)(void* self, void* context, millrace_loop** loop);
    /* [loop] Runs what has become due: handlers, commits, timers. Soon after wake: all of the loop waits for it. */
    void (*loop_run)(void* self, millrace_loop* loop);
    /* [loop] Before the thread ends. Its scopes are closed. */
    void (*loop_detach)(void* self, millrace_loop* loop);
    /* [loop] Consumers get CONNECT. The answer is a call of settle, perhaps before this returns. -> MILLRACE_OPENED */
    int32_t (*scope_open)(void* self, millrace_loop* loop, const millrace_scope_spec* spec, millrace_id* scope);
    /* [loop] The conversation is over; DISCONNECT is made of it, with `fields` as in millrace_submission. From here on
     * neither side names the scope again. */
    void (*scope_close)(void* self, millrace_id scope, uint32_t reason, millrace_bytes fields);
    /* [loop] Events, in order. Returns how many were taken: each of those is in every mailbox it belongs to. At less
     * than `count` the adapter stops reading this peer until resume, and offers the rest again. May run handlers, and
     * call send and settle (which append; the adapter writes when submit has returned). `results`, one for each, says
     * of those that were taken whether that has settled them (MILLRACE_SETTLED, ...); null: nobody is to be told. */
    uint32_t (*submit)(void* self, millrace_id scope, const millrace_submission* first, uint32_t count, uint32_t stride,
                       uint8_t* results);
    /* [loop] Bytes of sent commands have left for the peer, or never will. */
    void (*written)(void* self, millrace_id scope, uint64_t bytes);
    /* [control] From one generation of the adapter to the next, when its configuration changes while it runs: a socket
     * that was kept under this name, for the caller to own, or -1. Who waits in it is lost by neither. */
    int32_t (*socket_take)(void* self, millrace_bytes name);
    /* [control] Keeps a duplicate of the socket for the next generation. */
    void (*socket_keep)(void* self, millrace_bytes name, int32_t fd);
    /* [loop] Messages of the scope may have been lost before they came here: its consumers get one GAP. */
    void (*gap)(void* self, millrace_id scope);
    /* [loop] For each `receipt`, until one is final; and by `asker` as often as there is something to tell. */
    void (*outcome)(void* self, millrace_loop* loop, const millrace_report* report);
    /* [any] What keeps the adapter from its work from now on, in words for people; empty: nothing does any more. */
    void (*degraded)(void* self, millrace_bytes why);
    /* [any, one thread at a time for each body] A body that is too large to lie in memory: a file of the gateway's,
     * which the adapter appends to, seals, submits and releases. Submitted, it lasts as long as the message. What the
     * disk does not take fails with words for people. */
    millrace_status (*body_create)(void* self, millrace_id* body, const millrace_sink* error);
    millrace_status (*body_append)(void* self, millrace_id body, millrace_bytes bytes, const millrace_sink* error);
    /* It changes no more, and `whole` shows it until it is released. */
    millrace_status (*body_seal)(void* self, millrace_id body, millrace_bytes* whole, const millrace_sink* error);
    void (*body_release)(void* self, millrace_id body);
    /* [loop] -> MILLRACE_PROBE_NO, ... At MAYBE and YES `routes` names those that may take it and deliver: the same id
     * for the same routes of one configuration, so equal ids can be one conversation. Each time that it is given it is
     * held once more, until routes_release or loop_detach. A scope that is opened with it, and with the attributes that
     * were known, reaches no other routes, whatever is reloaded meanwhile. */
    int32_t (*probe)(void* self, millrace_loop* loop, const millrace_probe* probe, millrace_id* routes);
    /* [loop] Gives one hold back. Scopes that were opened with it stay as they are. */
    void (*routes_release)(void* self, millrace_id routes);
    /* [loop] It becomes a dead letter: on the disk where the gateway has a spool, else in memory. */
    void (*dead_letter)(void* self, millrace_loop* loop, const millrace_letter* letter);
} millrace_adapter_host;

/* An adapter. All but create take the `self` that create gave. */
typedef struct millrace_adapter {
    uint32_t struct_size;
    uint32_t reserved;
    /* [control] As a consumer's create. */
    millrace_status (*create)(const millrace_adapter_host* host, millrace_bytes config, const millrace_errors* errors,
                              void** self);
    /* [control] Takes what may be refused (addresses, files). On failure destroy follows. */
    millrace_status (*prepare)(void* self, const millrace_sink* error);
    /* [control] Starts its threads; each attaches as a loop before this returns; then the outside is let in. */
    millrace_status (*start)(void* self, const millrace_sink* error);
    /* [control] Takes nothing new: listeners close, reading stops; what is open stays, and answers still leave. */
    void (*quiesce)(void* self);
    /* [control] After the last close_scope. Says goodbye to peers within `deadline_ms`, ends every thread. */
    void (*stop)(void* self, uint32_t deadline_ms);
    void (*destroy)(void* self); /* [control] */
    /* [any] Have the loop's thread call loop_run soon. Must not block. */
    void (*wake)(void* loop_context);
    /* [loop] How events ended. A scope's messages are settled in any order. */
    void (*settle)(void* self, const millrace_settlement* first, uint32_t count, uint32_t stride);
    /* [loop] Commands in order. The adapter copies what it keeps. */
    void (*send)(void* self, const millrace_send* first, uint32_t count, uint32_t stride);
    /* [loop] Close the conversation, after what was sent to it. The scope is gone already; never during submit. */
    void (*close_scope)(void* self, void* scope_context, uint32_t reason, uint32_t code, millrace_bytes text);
    /* [loop] There is room again for a scope whose events were not all taken. Never during submit. */
    void (*resume)(void* self, void* scope_context);
    /* [control] Another generation takes over, or none: listeners close, what is open goes on. stop comes later. */
    void (*retire)(void* self);
} millrace_adapter;

#ifdef __cplusplus
}
#endif

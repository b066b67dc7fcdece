/* A consumer with the one fault that a FAULT_ macro names; see CMakeLists.txt. No function of its is ever to be called.
 */
#include "millrace/abi.h"

#if defined FAULT_LOAD_ABORT || defined FAULT_LOAD_EXIT || defined FAULT_LOAD_HANG
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void load(void) {
    fputs("looking for a licence\nno licence\n", stderr);
#if defined FAULT_LOAD_ABORT
    abort();
#elif defined FAULT_LOAD_EXIT
    _exit(3);
#else
    for (;;) pause();
#endif
}
#endif

#ifdef FAULT_MANIFEST_ABI
#define ABI_TEXT "99.1"
#else
#define ABI_TEXT MILLRACE_ABI_TEXT
#endif

static const char manifest[] MILLRACE_MANIFEST_SECTION =
    "{\"id\":\"fault\",\"version\":\"1.0.0\",\"kind\":\"consumer\",\"abi\":\"" ABI_TEXT "\"}";

#ifdef FAULT_SYMBOL
void symbol_that_nobody_has(void);
static void cancel(void* instance, millrace_id token) {
    (void)instance, (void)token;
    symbol_that_nobody_has();
}
#else
static void cancel(void* instance, millrace_id token) { (void)instance, (void)token; }
#endif

static millrace_status create(const millrace_consumer_host* host, millrace_bytes config, const millrace_errors* errors,
                              void** self) {
    (void)host, (void)config, (void)errors, (void)self;
    return MILLRACE_ERROR;
}
static millrace_status start(void* self, const millrace_sink* error) {
    (void)self, (void)error;
    return MILLRACE_ERROR;
}
static void take(void* self) { (void)self; }
static millrace_status open_instance(void* self, millrace_bytes state, void** instance) {
    (void)state;
    (void)self, (void)instance;
    return MILLRACE_ERROR;
}
static uint32_t deliver(void* instance, const millrace_event* events, uint32_t count, uint32_t stride) {
    (void)instance, (void)events, (void)stride;
    return count;
}
static void resumed(void* instance, millrace_id op, int32_t status) { (void)instance, (void)op, (void)status; }
static void work(void* instance, millrace_id op) { (void)instance, (void)op; }

static millrace_consumer consumer = {sizeof consumer, MILLRACE_ASYNC, create, start,  take,    take,
                                     open_instance,   deliver,        take,   cancel, resumed, work};
static millrace_adapter adapter;
static millrace_plugin plugin = {sizeof plugin, MILLRACE_MAGIC, MILLRACE_ABI, 0, &consumer, NULL};

#ifdef FAULT_NO_ENTRY
MILLRACE_EXPORT const millrace_plugin* millrace_plugin_v0(void) {
#else
const millrace_plugin* millrace_plugin_v1(void) {
#endif
    (void)adapter;
#if defined FAULT_NOTHING
    return NULL;
#elif defined FAULT_MAGIC
    plugin.magic = 0;
#elif defined FAULT_ABI
plugin.abi = 99;
#elif defined FAULT_PLUGIN_SIZE
plugin.struct_size = 8;
#elif defined FAULT_NO_TABLE
plugin.consumer = NULL;
#elif defined FAULT_BOTH_TABLES
plugin.adapter = &adapter;
#elif defined FAULT_TABLE_SIZE
consumer.struct_size = 8;
#elif defined FAULT_MODE
consumer.mode = 7;
#elif defined FAULT_FUNCTION
consumer.work = NULL;
#endif
    return &plugin;
}

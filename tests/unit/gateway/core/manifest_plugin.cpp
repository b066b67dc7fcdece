#include "millrace/abi.h"

static const char manifest[] MILLRACE_MANIFEST_SECTION =
    "{\"id\": \"web-test\", \"version\": \"1.2.3\", \"kind\": \"adapter\", \"abi\": \"" MILLRACE_ABI_TEXT
    "\","
    " \"protocol\": \"web\", \"match\": [{\"key\": \"path\", \"type\": \"path\", \"constant\": true},"
    " {\"key\": \"topic\", \"type\": \"topic\", \"constant\": false}]}";

extern "C" const millrace_plugin* millrace_plugin_v1(void) { return nullptr; }

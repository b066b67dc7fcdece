#include "adapters/smtp/faults.hpp"

namespace millrace::smtp {

Reply Faults::reply() const {
    if (has(Fault::too_large)) return Reply::too_large;
    if (has(Fault::looping)) return Reply::looping;
    if (has(Fault::header_too_large)) return Reply::header_too_large;
    if (has(Fault::too_many_fields)) return Reply::too_many_fields;
    if (has(Fault::line_too_long)) return Reply::content_line_too_long;
    if (has(Fault::bare_lf)) return Reply::bare_lf;
    return has(Fault::bare_cr) ? Reply::bare_cr : Reply::has_nul;
}

}  // namespace millrace::smtp

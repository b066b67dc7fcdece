#include "gateway/admin/spool_command.hpp"

namespace millrace::admin {

Result<Portion> run_portion(spool::Store& store, SpoolCommand& command) {
    store.begin();
    command.run(store);
    auto fault = store.commit();
    if (!fault) fault = store.checkpoint();
    if (fault) return Error{"the spool stops here: " + fault->text};
    return command.committed();
}

}  // namespace millrace::admin

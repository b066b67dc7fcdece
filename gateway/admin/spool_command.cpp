#include "gateway/admin/spool_command.hpp"

#include <boost/json.hpp>

#include "gateway/admin/letter_json.hpp"

namespace millrace::admin {

void add_line(Portion& portion, const boost::json::object& object) {
    portion.lines += boost::json::serialize(object) + "\n";
}

std::string to_lines(const Portion& portion) {
    std::string lines = portion.lines;
    for (const spool::DeadLetter& letter : portion.letters) lines += to_whole_json(letter) + "\n";
    return lines;
}

Result<Portion> run_portion(spool::Store& store, SpoolCommand& command) {
    store.begin();
    command.run(store);
    auto fault = store.commit();
    if (!fault) fault = store.checkpoint();
    if (fault) return Error{"the spool stops here: " + fault->text};
    return command.committed();
}

}  // namespace millrace::admin

#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "adapters/smtp/mailbox.hpp"

// Whose mail a listener takes: the `accept` of its configuration. Thread: any, once all are added.
namespace millrace::smtp {

class Recipients {
  public:
    // "ada@in.example.com", "*@in.example.com", "support+*@in.example.com": `*` stands for any run of characters within
    // the local part or the domain. A bare "postmaster" is that of every host. Returns false, and adds nothing, where
    // `text` is no such thing.
    bool add(std::string_view text);

    // Without regard to case, of local parts too: nobody who has both Ada and ada is served by a difference.
    bool take(const Mailbox& mailbox) const;

  private:
    struct Pattern {
        std::string local;
        std::string domain;
    };

    std::unordered_set<std::string> addresses_;  // In lower case.
    std::vector<Pattern> patterns_;              // Likewise.
};

}  // namespace millrace::smtp

#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "adapters/common/io_thread.hpp"
#include "adapters/smtp/config.hpp"
#include "adapters/smtp/login_desk.hpp"
#include "adapters/smtp/name_desk.hpp"
#include "adapters/smtp/normalise.hpp"

namespace millrace::smtp {

class Session;

// One thread of the adapter. It shares nothing with the others but what IoShared and Shared name.
class SmtpThread final : public IoThread {
  public:
    // What all threads of an adapter have in common; outlives them.
    struct Shared {
        const AdapterSettings& settings;
        const Service& service;
        LoginDesk& login_desk;
        NameDesk& name_desk;
        ClientRates& rates;
        std::string stamp;  // Tells this start of the adapter from others.
    };

    SmtpThread(const IoShared& io_shared, const Shared& shared, std::size_t index);
    ~SmtpThread() override { halt(); }

    // [its own thread] For its sessions.
    const AdapterSettings& settings() const { return shared_.settings; }
    const Service& service() const { return shared_.service; }
    Tally& tally() { return tally_; }
    ClientRates& rates() { return shared_.rates; }
    Normaliser& normaliser() { return normaliser_; }
    std::string next_key();

    // A mail was refused for want of disk: told at most every ten seconds.
    void count_full_disk(const std::string& why);
    // Has the login desk look at a password: Session::on_login. False: it has too many.
    bool check(Credentials credentials, Session& session, std::uint32_t ticket);
    // Has the DNS asked who the client is: Session::on_name. False: too many wait.
    bool look_up(Session& session);

  private:
    std::uint64_t expect(Session& session);
    // [any] Hands the session what it is waiting for, on this thread.
    void answer(std::uint64_t question, std::function<void(Session&)> take);

    boost::intrusive_ptr<Connection> connect(Socket socket, Source source, bool is_admitted) override;

    const Shared& shared_;
    const std::size_t index_;
    Normaliser normaliser_;
    Tally tally_{};
    std::unordered_map<std::uint64_t, boost::intrusive_ptr<Connection>> asking_;  // Those that a desk is to answer.
    std::uint64_t question_count_ = 0;
    std::uint64_t key_count_ = 0;
    std::int64_t full_disk_quiet_until_ms_ = 0;
};

}  // namespace millrace::smtp

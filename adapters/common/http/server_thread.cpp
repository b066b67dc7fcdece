#include "adapters/common/http/server_thread.hpp"

#include "adapters/common/http/date.hpp"
#include "adapters/common/http/server_connection.hpp"

namespace millrace::http {

Responder::Responder() = default;
Responder::Responder(boost::intrusive_ptr<ServerConnection> connection, Dialogue::Number number)
    : connection_(std::move(connection)), number_(number) {}
Responder::Responder(const Responder&) = default;
Responder::Responder(Responder&&) noexcept = default;
Responder& Responder::operator=(const Responder&) = default;
Responder& Responder::operator=(Responder&&) noexcept = default;
Responder::~Responder() = default;

bool Responder::answer(const Response& response) const { return connection_ && connection_->answer(number_, response); }

bool Responder::refuse(const Refusal& refusal) const {
    std::string body;
    return answer(to_response(refusal, body));
}

ServerThread::ServerThread(const IoShared& io, ServerShared& server, std::size_t index)
    : IoThread(io, index), server_(server) {}

boost::intrusive_ptr<Connection> ServerThread::connect(Socket socket, Source source, bool is_admitted) {
    return new ServerConnection(*this, std::move(socket), std::move(source), is_admitted);
}

void ServerThread::on_tick() {
    const std::int64_t now_s = host().now_us() / 1'000'000;
    if (now_s == date_s_) return;
    date_s_ = now_s;
    common_headers_ = "Server: millrace\r\nDate: " + to_date(now_s) + "\r\n";
}

void ServerThread::count(std::uint64_t refused_requests, std::uint64_t late_answers) {
    if (refused_requests != 0)
        host().gauge("requests_refused", static_cast<double>(server_.refused_requests += refused_requests));
    if (late_answers != 0) host().gauge("answers_late", static_cast<double>(server_.late_answers += late_answers));
}

}  // namespace millrace::http

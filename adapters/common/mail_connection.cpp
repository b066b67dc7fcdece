#include "adapters/common/mail_connection.hpp"

#include <algorithm>
#include <cstring>

#include "adapters/common/mail_syntax.hpp"
#include "adapters/common/percent.hpp"
#include "adapters/common/utf8.hpp"

namespace millrace {
namespace {

using StartTls = MailClientSettings::StartTls;

constexpr const char* kSchemes = "smtp,smtps";
constexpr int kSyntaxOfAddress = 553;
constexpr int kContentRefused = 554;
constexpr std::chrono::seconds kQuitMax{5};  // To wait for the answer to QUIT, after the last word on a mail.

std::vector<std::string> secrets_of(const MailClientSettings& settings) {
    if (!settings.login) return {};
    const auto& [username, password] = *settings.login;
    return {password, std::string(1, '\0') + username + std::string(1, '\0') + password};
}

bool has_international_address(const Mail& mail) {
    return is_international(mail.from) || std::any_of(mail.to.begin(), mail.to.end(), is_international);
}

// With the dots that are doubled on the way (RFC 5321 §4.5.2). libcurl 7.88 counts what it has written, these dots
// included, up to the size that it was told, and leaves out what of the content is behind that.
curl_off_t stuffed_size(std::string_view content) {
    curl_off_t size = static_cast<curl_off_t>(content.size()) + content.starts_with('.');
    for (std::size_t at = 0; (at = content.find("\r\n.", at)) != content.npos; at += 3) ++size;
    return size;
}

std::vector<MailFate> rejected(const Mail& mail, const MailFate& fate) {
    return std::vector<MailFate>(mail.to.size(), fate);
}

}  // namespace

std::string mail_settings_fault(const MailClientSettings& settings) {
    const std::string origin = curl_origin(settings.url, kSchemes);
    if (origin.empty()) return "it is no URL of smtp or smtps";
    if (origin != settings.url && origin + "/" != settings.url) return "its URL has more than a host and a port";
    const bool is_safe = origin.starts_with("smtps:") || settings.start_tls == StartTls::required;
    return settings.login && !is_safe ? "a password is sent over TLS alone: it takes smtps, or STARTTLS to be required"
                                      : "";
}

MailConnection::MailConnection(const MailClientSettings& settings)
    : settings_(settings), mask_(secrets_of(settings)), easy_(std::in_place, sockets_, settings.ca) {
    set_up();
    set_up_login();
}

void MailConnection::set_up() {
    const auto timeout_ms = static_cast<long>(std::max<std::int64_t>(settings_.timeout.count(), 1));
    const auto connect_ms = static_cast<long>(std::max<std::int64_t>(settings_.connect_timeout.count(), 1));
    easy_->set(CURLOPT_URL, (settings_.url + "/" + percent_encoded(settings_.hello_name)).c_str());
    easy_->set(CURLOPT_PROTOCOLS_STR, kSchemes);
    const long levels[] = {CURLUSESSL_ALL, CURLUSESSL_TRY, CURLUSESSL_NONE};
    easy_->set(CURLOPT_USE_SSL, levels[static_cast<std::size_t>(settings_.start_tls)]);
    easy_->set(CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    easy_->set(CURLOPT_TIMEOUT_MS, timeout_ms);
    easy_->set(CURLOPT_SERVER_RESPONSE_TIMEOUT, (timeout_ms + 999) / 1000);
    easy_->set(CURLOPT_UPLOAD, 1L);
    easy_->set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
    easy_->set(CURLOPT_HEADERFUNCTION, on_reply);
    easy_->set(CURLOPT_HEADERDATA, static_cast<void*>(this));
    easy_->set(CURLOPT_READFUNCTION, on_read);
    easy_->set(CURLOPT_READDATA, static_cast<void*>(this));
    easy_->set(CURLOPT_PREREQFUNCTION, on_connected);
    easy_->set(CURLOPT_PREREQDATA, static_cast<void*>(this));
    easy_->set(CURLOPT_NOPROGRESS, 0L);
    easy_->set(CURLOPT_XFERINFOFUNCTION, on_progress);
    easy_->set(CURLOPT_XFERINFODATA, static_cast<void*>(this));
}

void MailConnection::set_up_login() {
    if (!settings_.login) return;
    easy_->set(CURLOPT_USERNAME, settings_.login->username.c_str());
    easy_->set(CURLOPT_PASSWORD, settings_.login->password.c_str());
    easy_->set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
}

std::vector<MailFate> MailConnection::send(const Mail& mail) {
    if (mail.to.empty()) return {};
    const bool is_envelope =
        (mail.from.empty() || is_mailbox(mail.from)) && std::all_of(mail.to.begin(), mail.to.end(), is_mailbox);
    if (!is_envelope) return rejected(mail, {Fate::rejected, kSyntaxOfAddress, "5.1.3", "an address of it is none"});
    if (const std::string_view fault = mail_content_fault(mail.content); !fault.empty())
        return rejected(mail, {Fate::rejected, kContentRefused, "5.6.0", std::string(fault)});

    CurlList recipients;
    for (const std::string& to : mail.to) append(recipients, to);
    Try last = attempt(mail, recipients.get());
    if (!last.failure.empty() && !last.is_fresh && !last.replies.has_answered() && !is_broken_off_)
        return fates_of(attempt(mail, recipients.get()));
    return fates_of(last);
}

MailConnection::Try MailConnection::attempt(const Mail& mail, curl_slist* recipients) {
    Try now(mail);
    try_ = &now;
    const curl_off_t wire_bytes = stuffed_size(mail.content);
    easy_->set(CURLOPT_MAIL_FROM, mail.from.c_str());
    easy_->set(CURLOPT_MAIL_RCPT, recipients);
    easy_->set(CURLOPT_INFILESIZE_LARGE, wire_bytes);
    const CURLcode code = ::curl_easy_perform(easy_->get());
    easy_->set(CURLOPT_MAIL_RCPT, static_cast<curl_slist*>(nullptr));
    try_ = nullptr;
    curl_off_t uploaded = 0;
    ::curl_easy_getinfo(easy_->get(), CURLINFO_SIZE_UPLOAD_T, &uploaded);
    if (uploaded >= wire_bytes) now.replies.finish_content();
    if (code != CURLE_OK) now.failure = easy_->describe(code);
    return now;
}

std::vector<MailFate> MailConnection::fates_of(const Try& ended) const {
    if (ended.is_refused)
        return rejected(ended.mail, {Fate::rejected, kSyntaxOfAddress, "5.6.7",
                                     "the server does not take addresses beyond ASCII (SMTPUTF8)"});
    std::vector<MailFate> fates = ended.replies.fates(ended.failure);
    for (MailFate& fate : fates) fate.text = as_name(mask_.hide(std::move(fate.text)));
    return fates;
}

std::size_t MailConnection::on_reply(const char* bytes, std::size_t size, std::size_t count, void* self) {
    MailConnection& it = *static_cast<MailConnection*>(self);
    if (it.try_) it.try_->replies.take_line({bytes, size * count});
    return size * count;
}

std::size_t MailConnection::on_read(char* room, std::size_t size, std::size_t count, void* self) {
    Try& now = *static_cast<MailConnection*>(self)->try_;
    const std::size_t bytes = std::min(size * count, now.mail.content.size() - now.taken);
    std::memcpy(room, now.mail.content.data() + now.taken, bytes);
    now.taken += bytes;
    return bytes;
}

int MailConnection::on_connected(void* self, char*, char*, int, int) {
    return static_cast<MailConnection*>(self)->may_send() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

bool MailConnection::may_send() {
    long fresh = 0;
    ::curl_easy_getinfo(easy_->get(), CURLINFO_NUM_CONNECTS, &fresh);
    try_->is_fresh = fresh > 0;
    if (try_->is_fresh) knows_smtputf8_ = try_->replies.knows_smtputf8();
    try_->is_refused = !knows_smtputf8_ && has_international_address(try_->mail);
    if (!try_->is_refused) try_->replies.begin();
    return !try_->is_refused;
}

int MailConnection::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<MailConnection*>(self)->may_wait() ? 0 : 1;
}

bool MailConnection::may_wait() {
    if (is_broken_off_) return false;
    if (!try_ || !try_->replies.is_decided()) return true;
    const Clock::time_point now = Clock::now();
    if (!try_->decided_at) try_->decided_at = now;
    return now - *try_->decided_at < kQuitMax;
}

void MailConnection::break_off() {
    is_broken_off_ = true;
    sockets_.shut_down();
}

}  // namespace millrace

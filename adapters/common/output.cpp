#include "adapters/common/output.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace millrace {
namespace {

constexpr std::size_t kSparesMax = 64;
constexpr std::size_t kSpareBytesMax = 1 << 20;
constexpr std::size_t kCompactBytes = 64 * 1024;
constexpr std::size_t kCopiedBytesMax = 4 * 1024;
constexpr std::size_t kPiecesMax = 16;  // of one write
constexpr std::size_t kSealedBytesMax = 256 * 1024;

}  // namespace

std::string BufferPool::lend() {
    if (spares_.empty()) return {};
    std::string buffer = std::move(spares_.back());
    spares_.pop_back();
    return buffer;
}

void BufferPool::give_back(std::string& buffer) {
    if (!is_lent(buffer)) return buffer.clear();
    std::string spare;
    spare.swap(buffer);
    spare.clear();
    if (spares_.size() < kSparesMax && spare.capacity() <= kSpareBytesMax) spares_.push_back(std::move(spare));
}

std::string& Output::buffer() {
    if (buffer_.empty() && !BufferPool::is_lent(buffer_)) buffer_ = pool_.lend();
    return buffer_;
}

void Output::append(const SharedBytes& bytes) {
    if (bytes->size() <= kCopiedBytesMax) {
        buffer().append(*bytes);
    } else {
        inserts_.push_back({buffer_.size(), bytes});
        inserts_bytes_ += bytes->size();
    }
}

bool Output::write(int socket) {
    if (tls_) return write_sealed(socket);
    std::size_t sent = 0;
    if (unsent() != 0) {
        const ssize_t size = inserts_.empty()
                                 ? ::send(socket, buffer_.data() + begin_, unsent(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                 : send_pieces(socket);
        if (size < 0 && errno != EAGAIN && errno != EINTR) return false;
        sent = size > 0 ? static_cast<std::size_t>(size) : 0;
    }
    advance(sent);
    return true;
}

// In the order in which they leave, until `add` returns false.
template <class Add> void Output::each_piece(Add&& add) const {
    const auto add_part = [&add](const std::string& bytes, std::size_t from, std::size_t to) {
        return from >= to || add(std::string_view(bytes).substr(from, to - from));
    };
    std::size_t at = begin_;
    std::size_t skipped = insert_begin_;
    for (const Insert& insert : inserts_) {
        if (!add_part(buffer_, std::exchange(at, insert.at), insert.at)) return;
        if (!add_part(*insert.bytes, std::exchange(skipped, 0), insert.bytes->size())) return;
    }
    add_part(buffer_, at, buffer_.size());
}

ssize_t Output::send_pieces(int socket) const {
    std::array<iovec, kPiecesMax> pieces;
    std::size_t count = 0;
    each_piece([&](std::string_view piece) {
        pieces[count++] = {const_cast<char*>(piece.data()), piece.size()};
        return count < kPiecesMax;
    });
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = count;
    return ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

// Records go as full as they can, and a batch in one call.
bool Output::write_sealed(int socket) {
    std::string& cipher = tls_->output();
    advance(0);
    for (;;) {
        if (cipher.empty() && unsent_plain() != 0 && tls_->is_established()) seal();
        if (cipher.empty()) return true;
        const ssize_t size =
            ::send(socket, cipher.data() + cipher_begin_, unsent_cipher(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (size < 0) return errno == EAGAIN || errno == EINTR;
        cipher_begin_ += static_cast<std::size_t>(size);
        if (unsent_cipher() != 0) return true;
        pool_.give_back(cipher);
        cipher_begin_ = 0;
        advance(std::exchange(sealed_, 0));
    }
}

void Output::seal() {
    std::string& cipher = tls_->output();
    if (!BufferPool::is_lent(cipher)) cipher = pool_.lend();
    each_piece([&](std::string_view piece) {
        piece = piece.substr(0, kSealedBytesMax - sealed_);
        tls_->encrypt(piece);
        sealed_ += piece.size();
        return sealed_ < kSealedBytesMax;
    });
}

void Output::unseal() {
    std::string rest = std::move(tls_->output());
    rest.erase(0, std::exchange(cipher_begin_, 0));
    tls_ = nullptr;
    sealed_ = 0;
    inserts_.clear();
    inserts_bytes_ = insert_begin_ = begin_ = 0;
    pool_.give_back(buffer_);
    buffer_ = std::move(rest);
}

void Output::advance(std::size_t sent) {
    if (inserts_.empty())
        begin_ += sent;
    else
        advance_pieces(sent);
    // What is owed stays at least what is unsent: a frame may be many times as large as what it was made of.
    const std::uint64_t credit = owed_ - std::min<std::uint64_t>(owed_, unsent_plain());
    owed_ -= credit;
    credit_ += credit;
    if (unsent_plain() == 0) {
        pool_.give_back(buffer_);
        begin_ = 0;
    } else if (begin_ >= kCompactBytes && begin_ >= buffer_.size() - begin_) {
        compact();
    }
}

void Output::advance_pieces(std::size_t sent) {
    std::size_t done = 0;
    for (; done < inserts_.size(); ++done) {
        const Insert& insert = inserts_[done];
        const std::size_t own = std::min(sent, insert.at - begin_);
        const std::size_t shared = std::min(sent - own, insert.bytes->size() - insert_begin_);
        begin_ += own;
        insert_begin_ += shared;
        inserts_bytes_ -= shared;
        sent -= own + shared;
        if (insert_begin_ < insert.bytes->size()) break;
        insert_begin_ = 0;
    }
    inserts_.erase(inserts_.begin(), inserts_.begin() + static_cast<std::ptrdiff_t>(done));
    begin_ += sent;
}

void Output::compact() {
    buffer_.erase(0, begin_);
    for (Insert& insert : inserts_) insert.at -= begin_;
    begin_ = 0;
}

std::uint64_t Output::take_credit() { return std::exchange(credit_, 0); }

}  // namespace millrace

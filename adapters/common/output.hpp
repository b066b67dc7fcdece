#pragma once

#include <sys/types.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adapters/common/tls.hpp"

namespace millrace {

// Buffers that the connections of one thread borrow for as long as they have something in them.
class BufferPool {
  public:
    // An empty one; with luck it has room already.
    std::string lend();
    // Leaves `buffer` without memory of its own.
    void give_back(std::string& buffer);

    static bool is_lent(const std::string& buffer) { return buffer.capacity() > std::string().capacity(); }

  private:
    std::vector<std::string> spares_;
};

// Bytes that leave on many connections.
using SharedBytes = std::shared_ptr<const std::string>;

// The bytes that have to leave on one connection, and what the gateway is owed for them.
class Output {
  public:
    explicit Output(BufferPool& pool) : pool_(pool) {}
    ~Output() { pool_.give_back(buffer_); }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    // To append to.
    std::string& buffer();

    // Adds what others send too: small ones are copied, large ones are held until they have left.
    void append(const SharedBytes& bytes);

    // `bytes` of commands that were sent are in the buffer, or needed nothing there: write() gives them back.
    void owe(std::uint64_t bytes) { owed_ += bytes; }

    // What was owed and has not been taken as credit.
    std::uint64_t owed() const { return owed_ + credit_; }

    // What is written from now on leaves through this, which outlives the output's last write.
    void seal_with(TlsSession& tls) { tls_ = &tls; }

    // From now on nothing is sealed: what is leaves still, what is not is forgotten.
    void unseal();

    // What is sealed counts once.
    std::size_t unsent() const { return std::max(unsent_plain(), unsent_cipher()); }

    // Whether the socket is all that it waits for: nothing can be sealed before both sides have agreed.
    bool waits_for_socket() const {
        return tls_ ? unsent_cipher() != 0 || (unsent_plain() != 0 && tls_->is_established()) : unsent() != 0;
    }

    // Writes what the socket takes, in one call if it takes all. Returns false where the line is broken.
    bool write(int socket);

    // What the gateway gets back since the last call.
    std::uint64_t take_credit();

  private:
    // Shared bytes that leave when the buffer has left up to `at`.
    struct Insert {
        std::size_t at;
        SharedBytes bytes;
    };

    std::size_t unsent_plain() const { return buffer_.size() - begin_ + inserts_bytes_; }
    std::size_t unsent_cipher() const { return tls_ ? tls_->output().size() - cipher_begin_ : 0; }
    template <class Add> void each_piece(Add&& add) const;
    ssize_t send_pieces(int socket) const;
    bool write_sealed(int socket);
    void seal();
    void advance(std::size_t sent);
    void advance_pieces(std::size_t sent);
    void compact();

    BufferPool& pool_;
    std::string buffer_;
    std::size_t begin_ = 0;
    std::vector<Insert> inserts_;
    std::size_t insert_begin_ = 0;   // Of the first insert, what has left.
    std::size_t inserts_bytes_ = 0;  // What has not, of all inserts.
    std::uint64_t owed_ = 0;
    std::uint64_t credit_ = 0;
    TlsSession* tls_ = nullptr;
    std::size_t sealed_ = 0;        // Of what is unsent, what its cipher text holds.
    std::size_t cipher_begin_ = 0;  // Of the cipher text, what has left.
};

}  // namespace millrace

#include "adapters/common/http/request_reader.hpp"

#include <algorithm>
#include <string_view>

namespace millrace::http {
namespace {

constexpr std::size_t kKeptBytesMax = 16 * 1024;  // of memory, for the next request in parts

std::string_view view(const Input& input) { return {input.begin, input.size()}; }

}  // namespace

RequestReader::Step RequestReader::read(Input& input) {
    switch (phase_) {
        case Phase::finished:
            begin_next();
            return read_head(input);
        case Phase::head:
            return read_head(input);
        case Phase::body:
            return begin_body(input);
        case Phase::rest:
            return read_rest(input);
    }
    return Step::need_more;
}

RequestReader::Step RequestReader::read_head(Input& input) {
    if (fault_ != Fault::none) return Step::failed;
    const Fault fault = parser_.parse(view(input));
    if (fault != Fault::none) return fail(fault);
    if (!parser_.is_done()) return Step::need_more;
    request_ = parser_.request(view(input), headers_);
    phase_ = Phase::body;
    return Step::head;
}

RequestReader::Step RequestReader::begin_body(Input& input) {
    const std::size_t head_bytes = parser_.size();
    const std::size_t length = framing().length();
    if (!framing().is_chunked() && input.size() - head_bytes >= length) {
        request_.body = {input.begin + head_bytes, length};
        input.begin += head_bytes + length;
        phase_ = Phase::finished;
        return Step::request;
    }
    copy_.assign(input.begin, head_bytes);
    input.begin += head_bytes;
    phase_ = Phase::rest;
    return read_rest(input);
}

RequestReader::Step RequestReader::read_rest(Input& input) {
    const std::size_t head_bytes = parser_.size();
    bool is_whole = false;
    if (framing().is_chunked()) {
        const Fault fault = chunks_.read(input, copy_);
        if (fault != Fault::none) return fail(fault);
        is_whole = chunks_.is_done();
    } else {
        const std::size_t size = std::min(input.size(), head_bytes + framing().length() - copy_.size());
        copy_.append(input.begin, size);
        input.begin += size;
        is_whole = copy_.size() == head_bytes + framing().length();
    }
    if (!is_whole) return Step::need_more;
    request_ = parser_.request(copy_, headers_);
    request_.body = std::string_view(copy_).substr(head_bytes);
    phase_ = Phase::finished;
    return Step::request;
}

RequestReader::Step RequestReader::fail(Fault fault) {
    fault_ = fault;
    phase_ = Phase::head;
    copy_ = std::string();
    return Step::failed;
}

void RequestReader::begin_next() {
    parser_.reset();
    chunks_.reset();
    if (copy_.capacity() > kKeptBytesMax) copy_ = std::string();
    copy_.clear();
    phase_ = Phase::head;
}

}  // namespace millrace::http

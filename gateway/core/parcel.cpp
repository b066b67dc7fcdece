#include "gateway/core/parcel.hpp"

#include <memory>
#include <utility>

#include "gateway/core/bytes.hpp"
#include "gateway/core/dispatcher.hpp"

namespace millrace {
namespace {

// A verdict on its way home.
struct News final : Job {
    News(Dispatcher& home, Settlement* settlement, std::uint32_t consumer, const Verdict& verdict)
        : home(home), settlement(settlement, false), consumer(consumer), verdict(verdict.verdict), code(verdict.code),
          text(verdict.text) {}

    void arrive() override {
        const std::unique_ptr<News> self(this);
        home.settle(*settlement, consumer, {verdict, code, text});
    }

    Dispatcher& home;
    const SettlementPtr settlement;
    const std::uint32_t consumer;
    const std::uint32_t verdict;
    const std::uint32_t code;
    const std::string text;
};

}  // namespace

FarSettlement::~FarSettlement() { end({MILLRACE_RETRY, 0, "it was given up on its way"}); }

void FarSettlement::end(const Verdict& verdict) {
    if (Settlement* settlement = std::exchange(settlement_, nullptr)) {
        auto news = std::make_unique<News>(*home_, settlement, consumer_, verdict);
        if (home_->loop().post(news.get())) static_cast<void>(news.release());
    }
}

void Parcel::arrive() { to()->place.home->receive(std::unique_ptr<Parcel>(this)); }

void Parcel::fill(std::initializer_list<std::string_view> fields, millrace_bytes payload, millrace_bytes body) {
    for (const std::string_view part : fields) fields_size += part.size();
    payload_size = payload.size;
    bytes.reserve(fields_size + payload_size + body.size);
    for (const std::string_view part : fields) bytes.append(part);
    bytes.append(to_text(payload)).append(to_text(body));
}

}  // namespace millrace

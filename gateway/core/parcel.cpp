#include "gateway/core/parcel.hpp"

#include <memory>
#include <utility>

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
        home_->loop().post(new News(*home_, settlement, consumer_, verdict));
    }
}

void Parcel::arrive() { to()->place.home->receive(std::unique_ptr<Parcel>(this)); }

}  // namespace millrace

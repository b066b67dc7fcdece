// spool_filler DIRECTORY LETTERS: makes a spool with so many dead letters, a second apart, and three deliveries that
// wait. Every tenth letter is of a consumer `gone`, the others of `echo`; their codes are 500 and 422 in turn.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/dead_letters.hpp"

namespace {

using namespace millrace;

void fill(spool::Store& store, std::int64_t letters) {
    const std::int64_t begin_us = system_clock().now_us() - letters * 1'000'000;
    for (std::int64_t i = 0; i < letters; ++i) {
        spool::DeadLetter letter = testing::make_letter("order " + std::to_string(i), begin_us + i * 1'000'000);
        letter.consumer = i % 10 == 9 ? "gone" : "echo";
        letter.route = "echo";
        letter.why.code = i % 2 == 0 ? 500 : 422;
        store.bury(letter);
    }
    for (int i = 0; i < 3; ++i) {
        spool::Arrival arrival;
        arrival.message = testing::make_letter("waits", begin_us).message;
        arrival.message.external_id.clear();
        spool::Lane lane;
        lane.consumer = "echo";
        lane.scope = "web:waits";
        arrival.to.push_back({lane, 0, 0});
        store.accept(arrival);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 64;
    const auto store = spool::Store::open(argv[1], system_clock());
    if (!store) {
        std::fprintf(stderr, "%s\n", store.error().text.c_str());
        return 69;
    }
    (*store)->begin();
    fill(**store, std::atoll(argv[2]));
    const auto fault = (*store)->commit();
    if (fault) std::fprintf(stderr, "%s\n", fault->text.c_str());
    return fault ? 74 : 0;
}

#include "millrace/message.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <utility>

#include "millrace/detail/test_event.hpp"

namespace {

using millrace::Kind;
using millrace::Message;
using millrace::Reason;
using millrace::testing::detail::TestBatch;
using millrace::testing::detail::TestEvent;
using Proto = millrace::v1::ChannelMessage;

std::string scope_fields(const std::string& name = "s-1") {
    Proto message;
    message.set_scope(name);
    (*message.mutable_attributes())["path"] = "/rooms/blue";
    (*message.mutable_attributes())["room"] = "blue";
    message.mutable_websocket()->add_headers()->set_name("host");
    return message.SerializeAsString();
}

TestEvent text_event(std::string_view text, const std::string& scope = scope_fields(), std::uint64_t order = 1) {
    TestEvent event(scope, Proto::MESSAGE, order, 5);
    event.set_payload(MILLRACE_TEXT, text);
    return event;
}

// The events as they cross the border, and the messages that see them.
struct Border {
    explicit Border(const TestEvent& event) : batch(1) { batch.add(event); }
    Message message() const { return Message(*batch.events(), delivery); }

    TestBatch batch;
    millrace::detail::Delivery delivery;
};

TEST(Message, ShowsAText) {
    const Border border(text_event("hi"));
    const Message message = border.message();
    EXPECT_EQ(message.kind(), Kind::message);
    EXPECT_TRUE(message.is_text());
    EXPECT_EQ(message.text(), "hi");
    EXPECT_EQ(message.data().size(), 2u);
    EXPECT_EQ(message.order(), 1u);
    EXPECT_EQ(message.reason(), Reason::none);
    EXPECT_EQ(static_cast<const void*>(message.text().data()), border.batch.events()->payload.data);
}

TEST(Message, ShowsData) {
    TestEvent event(scope_fields(), Proto::MESSAGE, 1, 5);
    event.set_payload(MILLRACE_DATA, std::string("\0\xff", 2));
    const Border border(event);
    const Message message = border.message();
    EXPECT_FALSE(message.is_text());
    EXPECT_EQ(message.text(), "");
    EXPECT_EQ(message.data()[1], std::byte{0xff});
    EXPECT_EQ(message.message().data(), std::string("\0\xff", 2));
}

TEST(Message, ShowsWhyAScopeHasClosed) {
    TestEvent event(scope_fields(), Proto::DISCONNECT, 2, 5);
    event.set_reason(MILLRACE_REASON_DRAIN);
    const Border border(event);
    EXPECT_EQ(border.message().reason(), Reason::drain);
    EXPECT_EQ(border.message().message().reason(), Proto::DRAIN);
    EXPECT_EQ(border.message().text(), "");
}

TEST(Message, FindsAttributesWithoutParsing) {
    Proto late;
    (*late.mutable_attributes())["room"] = "red";
    TestEvent event(scope_fields(), Proto::MESSAGE, 1, 5);
    event.event += late.SerializeAsString();
    event.set_payload(MILLRACE_TEXT, std::string(1000, 'x'));
    const Border border(event);
    EXPECT_EQ(border.message().attribute("path"), "/rooms/blue");
    EXPECT_EQ(border.message().attribute("room"), "red");
    EXPECT_EQ(border.message().attribute("seat"), "");
    EXPECT_EQ(border.message().message().attributes().at("room"), "red");
}

TEST(Message, FindsWhatIsOfGroupsWithoutParsing) {
    Proto fields;
    fields.set_group("g");
    fields.set_sender("chatroom@web:1f-3");
    fields.set_correlation(1 << 20);
    fields.mutable_receipt()->set_members(1000);
    fields.mutable_receipt()->set_taken(300);
    fields.mutable_receipt()->set_dropped(700);
    fields.mutable_gap()->set_lost(129);
    TestEvent event(scope_fields(), Proto::MESSAGE, 1, 5);
    event.event += fields.SerializeAsString();
    event.set_payload(MILLRACE_TEXT, std::string(1000, 'x'));
    const Border border(event);
    const Message message = border.message();
    EXPECT_EQ(message.group(), "g");
    EXPECT_EQ(message.sender(), "chatroom@web:1f-3");
    EXPECT_EQ(message.correlation(), 1u << 20);
    EXPECT_EQ(message.receipt(), (millrace::Receipt{1 << 20, 1000, 300, 700}));
    EXPECT_EQ(message.lost(), 129u);
    EXPECT_EQ(message.message().group(), "g");

    const Border plain(text_event("of the peer"));
    EXPECT_EQ(plain.message().group(), "");
    EXPECT_EQ(plain.message().sender(), "");
    EXPECT_EQ(plain.message().receipt(), millrace::Receipt());
    EXPECT_EQ(plain.message().lost(), 0u);
    EXPECT_EQ(plain.message().message().group(), "");
    EXPECT_FALSE(plain.message().message().has_receipt());
    EXPECT_FALSE(plain.message().message().has_gap());
    EXPECT_EQ(plain.message().message().correlation(), 0u);
}

TEST(Message, IsParsedWhole) {
    for (const std::size_t size : {0u, 1u, 127u, 128u, 70'000u}) {
        const Border border(text_event(std::string(size, 'x')));
        const Message message = border.message();
        EXPECT_EQ(message.message().text(), std::string(size, 'x'));
        EXPECT_EQ(message.message().websocket().headers(0).name(), "host");
        EXPECT_EQ(&message.message(), &message.message());
    }
}

// What is kept from one message for the next must not be seen in it.
TEST(Message, NothingOfAnEarlierOneIsLeft) {
    {
        const Border border(text_event("first"));
        EXPECT_EQ(border.message().message().text(), "first");
    }
    {
        TestEvent event(scope_fields(), Proto::CONNECT, 0, 0);
        const Border border(event);
        const Message message = border.message();
        EXPECT_EQ(message.message().kind(), Proto::CONNECT);
        EXPECT_EQ(message.message().order(), 0u);
        EXPECT_EQ(message.message().received_at_us(), 0u);
        EXPECT_EQ(message.message().payload_case(), Proto::PAYLOAD_NOT_SET);
        EXPECT_EQ(message.message().scope(), "s-1");
    }
    {
        const Border border(text_event("other", scope_fields("s-2")));
        EXPECT_EQ(border.message().message().scope(), "s-2");
        EXPECT_EQ(border.message().message().websocket().headers_size(), 1);
    }
}

TEST(Message, FieldsOfAnEventBesideTheUsualDoNotPileUp) {
    Proto close;
    close.mutable_websocket()->add_subprotocols("once");
    for (int i = 0; i < 3; ++i) {
        TestEvent event(scope_fields(), Proto::DISCONNECT, 1, 5);
        event.event += close.SerializeAsString();
        const Border border(event);
        EXPECT_EQ(border.message().message().websocket().subprotocols_size(), 1);
    }
}

TEST(Message, TwoMayBeParsedAtOnce) {
    const Border one(text_event("one", scope_fields("s-1"))), two(text_event("two", scope_fields("s-2")));
    for (int i = 0; i < 3; ++i) {
        const Message first = one.message();
        EXPECT_EQ(first.message().scope(), "s-1");
        const Message second = two.message();
        EXPECT_EQ(second.message().scope(), "s-2");
        EXPECT_EQ(first.message().text(), "one");
    }
}

TEST(Message, SaysThatItCannotBeParsed) {
    TestEvent event = text_event("hello");
    event.payload.pop_back();
    const Border border(event);
    EXPECT_EQ(border.message().text(), "hell");
    EXPECT_THROW(border.message().message(), std::runtime_error);
    EXPECT_EQ(Border(text_event("fine")).message().message().text(), "fine");
}

TEST(Message, ACopyOutlivesTheEvent) {
    std::unique_ptr<Message> kept;
    millrace::detail::Delivery delivery;
    {
        TestBatch batch(1);
        batch.add(text_event("a text that is too long for a small string"));
        const Message view(*batch.events(), delivery);
        kept = std::make_unique<Message>(view);
    }
    EXPECT_EQ(kept->text(), "a text that is too long for a small string");
    EXPECT_EQ(kept->attribute("room"), "blue");
    EXPECT_EQ(kept->message().scope(), "s-1");

    Message moved = std::move(*kept);
    kept.reset();
    EXPECT_EQ(moved.order(), 1u);
    const Message copy = moved;
    moved = Message(copy);
    std::thread([copy] { EXPECT_EQ(copy.attribute("path"), "/rooms/blue"); }).join();
    EXPECT_EQ(moved.text(), copy.text());
}

TEST(Message, StopsForItsOwnDeliveryOnly) {
    TestEvent event = text_event("hi");
    event.head.token = 7;
    Border border(event);
    EXPECT_FALSE(border.message().stop_requested());
    border.delivery.stopped = 6;
    EXPECT_FALSE(border.message().stop_requested());
    border.delivery.stopped = 7;
    EXPECT_TRUE(border.message().stop_requested());
}

TEST(Wire, SurvivesAnyBytes) {
    const std::string whole = scope_fields() + text_event("hi").event;
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        for (std::size_t flipped = 0; flipped < size; ++flipped) {
            std::string bytes = whole.substr(0, size);
            bytes[flipped] = static_cast<char>(bytes[flipped] ^ 0x84);
            millrace::detail::find_attribute(std::string_view(std::string(bytes)), "room");
        }
    }
    EXPECT_EQ(millrace::detail::find_attribute(whole, "room"), "blue");
}

}  // namespace

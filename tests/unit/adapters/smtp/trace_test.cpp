#include "adapters/smtp/trace.hpp"

#include <gtest/gtest.h>

namespace millrace::smtp {
namespace {

TEST(Trace, IsWhatThisServerPutsInFront) {
    Transaction transaction;
    transaction.client_ip = "192.0.2.7";
    transaction.helo = "client.example.org";
    transaction.protocol = "ESMTP";
    transaction.host = "mx.example.com";
    transaction.number = "1700-3";
    transaction.now_s = 1'700'000'000;
    transaction.from = "j@example.org";
    transaction.to = {"bob@example.com"};
    EXPECT_EQ(trace_of(transaction),
              "Return-Path: <j@example.org>\r\n"
              "Received: from client.example.org ([192.0.2.7])\r\n"
              "\tby mx.example.com with ESMTP id 1700-3\r\n"
              "\tfor <bob@example.com>;\r\n"
              "\tTue, 14 Nov 2023 22:13:20 +0000\r\n");
    transaction.client_name = ClientName{v1::Email::Authentication::PASS, "mail.example.org"};
    EXPECT_NE(trace_of(transaction).find("from client.example.org (mail.example.org [192.0.2.7])"), std::string::npos);
    transaction.client_name = ClientName{v1::Email::Authentication::FAIL, "mail.example.org"};
    transaction.client_ip = "2001:db8::1";
    transaction.helo = "a\tb(c)\r\n;\"<d>\\";
    transaction.tls = Transaction::Tls{"TLSv1.3", "TLS_AES_256_GCM_SHA384", ""};
    transaction.from = "";
    transaction.to = {"bob@example.com", "eve@example.com"};
    EXPECT_EQ(trace_of(transaction),
              "Return-Path: <>\r\n"
              "Received: from a?b?c??????d?? ([IPv6:2001:db8::1])\r\n"
              "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384)\r\n"
              "\tby mx.example.com with ESMTP id 1700-3;\r\n"
              "\tTue, 14 Nov 2023 22:13:20 +0000\r\n");
    transaction.helo = "";
    EXPECT_NE(trace_of(transaction).find("from unknown ("), std::string::npos);
}

}  // namespace
}  // namespace millrace::smtp

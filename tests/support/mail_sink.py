#!/usr/bin/env python3
"""aiosmtpd as a smarthost that wants STARTTLS and a login: mail_sink.py CERT KEY USERNAME PASSWORD [PORT].

The first line is the port; then one line of JSON a mail: from, to, options, content (as Latin-1), user. A recipient
`no@...` is refused with 550, `later@...` with 451, `twice@...` twice with 451; content with `spam` in it gets 554.
"""
import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Sink:
    seen = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("no@"):
            return "550 5.1.1 no such user"
        if address.startswith("later@"):
            return "451 4.7.1 greylisted"
        if address.startswith("twice@"):
            Sink.seen += 1
            if Sink.seen <= 2:
                return "451 4.7.1 greylisted"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        if b"spam" in envelope.content:
            return "554 5.6.0 spam"
        user = session.auth_data.login.decode() if session.auth_data else None
        print(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "options": envelope.mail_options,
                          "content": envelope.content.decode("latin-1"), "user": user}), flush=True)
        return "250 2.0.0 queued"


def main():
    certificate, key, username, password = sys.argv[1:5]
    port = int(sys.argv[5]) if len(sys.argv) > 5 else 0
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    def authenticate(server, session, envelope, mechanism, data):
        is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (
            username.encode(), password.encode())
        return AuthResult(success=is_right, handled=is_right, auth_data=data if is_right else None)

    async def serve():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(Sink(), tls_context=context, require_starttls=True, auth_required=True,
                         authenticator=authenticate, enable_SMTPUTF8=True, data_size_limit=64 << 20),
            "127.0.0.1", port)
        print(server.sockets[0].getsockname()[1], flush=True)
        await loop.run_in_executor(None, sys.stdin.read)
        server.close()

    asyncio.run(serve())


main()

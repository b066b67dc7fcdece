#!/usr/bin/env python3
"""An HTTP/2 server over TLS by python3-h2: h2_server.py CERT KEY.

The first line is the port; then one line of JSON a request: connection (counted from 0), method, path, headers, body.
The path says what it does: /echo answers with the body; /refuse resets the stream as one that was not processed the
first time that it is asked; /die ends the connection without an answer; /go answers, says GOAWAY, closes, and tells
so in a line of its own.
"""
import json
import socket
import ssl
import sys
import threading

import h2.config
import h2.connection
import h2.errors
import h2.events

said = threading.Lock()
refused = set()


def tell(number, headers, body):
    fields = {name.decode(): value.decode() for name, value in headers}
    with said:
        print(json.dumps({"connection": number, "method": fields[":method"], "path": fields[":path"],
                          "headers": {name: value for name, value in fields.items() if name[0] != ":"},
                          "body": body.decode("latin-1")}), flush=True)
    return fields[":path"]


def serve(number, sock):
    h2c = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None))
    h2c.initiate_connection()
    sock.sendall(h2c.data_to_send())
    requests = {}
    while data := sock.recv(65536):
        for event in h2c.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                requests[event.stream_id] = (event.headers, bytearray())
            elif isinstance(event, h2.events.DataReceived):
                requests[event.stream_id][1].extend(event.data)
                h2c.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                headers, body = requests.pop(event.stream_id)
                path = tell(number, headers, bytes(body))
                if path == "/die":
                    return
                if path == "/refuse" and path not in refused:
                    refused.add(path)
                    h2c.reset_stream(event.stream_id, h2.errors.ErrorCodes.REFUSED_STREAM)
                    continue
                h2c.send_headers(event.stream_id, [(":status", "200"), ("x-connection", str(number))])
                h2c.send_data(event.stream_id, bytes(body)[:16384], end_stream=True)
                if path == "/go":
                    h2c.close_connection()
                    sock.sendall(h2c.data_to_send())
                    sock.shutdown(socket.SHUT_RDWR)
                    with said:
                        print('"closed"', flush=True)
                    return
        sock.sendall(h2c.data_to_send())


def run(number, raw, context):
    try:
        with context.wrap_socket(raw, server_side=True) as sock:
            serve(number, sock)
    except OSError:
        pass
    finally:
        raw.close()


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    context.set_alpn_protocols(["h2"])
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        number = 0
        while True:
            raw, _ = listener.accept()
            threading.Thread(target=run, args=(number, raw, context), daemon=True).start()
            number += 1

    threading.Thread(target=accept, daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()


main()

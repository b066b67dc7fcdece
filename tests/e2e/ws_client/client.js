// The table of websockets_client_test.py through another client: npm `ws`. Usage: node client.js PORT

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import WebSocket from "ws";

const MIB = 1 << 20;
const port = process.argv[2];

function connect(path = "/echo", protocols = []) {
  return new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { perMessageDeflate: false });
}

async function open(path, protocols) {
  const client = connect(path, protocols);
  client.heard = [];
  client.on("message", (data, isBinary) => client.heard.push(isBinary ? data : data.toString()));
  await once(client, "open");
  return client;
}

async function hear(client, count) {
  while (client.heard.length < count) await once(client, "message");
  return client.heard.splice(0, count);
}

async function leave(client, code, reason) {
  client.close(code, reason);
  return (await once(client, "close"))[0];
}

async function echoes(...messages) {
  const client = await open();
  for (const message of messages) client.send(message);
  assert.deepEqual(await hear(client, messages.length), messages);
  assert.equal(await leave(client), 1000);
}

const tests = {
  text: () => echoes("Mühlgraben \u0000 \u{1f30a}"),
  binary: () => echoes(randomBytes(256)),
  empty: () => echoes("", Buffer.alloc(0)),
  "the borders of the length forms": () =>
    echoes(...[1, 125, 126, 127, 128, 65535, 65536, 65537, MIB].map((size) => randomBytes(size))),
  "eight mebibytes": () => echoes("m".repeat(8 * MIB), randomBytes(8 * MIB)),

  async fragments() {
    const client = await open();
    for (const [part, fin] of [["a", false], ["", false], ["bc", false], ["def", true]]) client.send(part, { fin });
    assert.deepEqual(await hear(client, 1), ["abcdef"]);
    await leave(client);
  },

  async "one byte more than the limit"() {
    const client = await open();
    client.on("error", () => {}); // The rest of the message may meet a closed connection.
    client.send(Buffer.alloc(8 * MIB + 1));
    assert.equal((await once(client, "close"))[0], 1009);
  },

  async ping() {
    const client = await open();
    client.ping("are you there");
    assert.equal((await once(client, "pong"))[0].toString(), "are you there");
    await leave(client);
  },

  async "close codes of the client"() {
    for (const code of [1000, 1001, 3000, 4321]) assert.equal(await leave(await open(), code, "bye"), code);
  },

  async "close codes of the consumer"() {
    for (const [command, code, reason] of [["close 0", 1000, ""], ["close 4001 bye", 4001, "bye"]]) {
      const client = await open("/commands");
      client.send(command);
      const [heard, text] = await once(client, "close");
      assert.deepEqual([heard, text.toString()], [code, reason]);
    }
  },

  async "a refused path"() {
    const client = connect("/nowhere");
    client.on("error", () => {});
    const [request, response] = await once(client, "unexpected-response");
    assert.equal(response.statusCode, 404);
    request.destroy();
  },

  async subprotocols() {
    const client = await open("/commands?accept+chat.v1", ["chat.v2", "chat.v1"]);
    assert.equal(client.protocol, "chat.v1");
    await leave(client);
    // This client, like a browser, fails where it has offered some and none is chosen.
    const unheard = connect("/echo", ["chat.v9"]);
    assert.match((await once(unheard, "error"))[0].message, /subprotocol/);
  },

  async "many at once"() {
    const one = async (number) => {
      const client = await open();
      const sent = Array.from({ length: 50 }, (_, i) => `${number}-${i}`);
      for (const message of sent) client.send(message);
      assert.deepEqual(await hear(client, sent.length), sent);
      await leave(client);
    };
    await Promise.all(Array.from({ length: 50 }, (_, number) => one(number)));
  },
};

for (const [name, test] of Object.entries(tests)) {
  await test();
  console.log(`ok: ${name}`);
}

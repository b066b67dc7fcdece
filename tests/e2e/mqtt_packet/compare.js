// Packets that npm `mqtt-packet` writes are read by Millrace, and the other way round: the fields have to be the same.
// Usage: node compare.js PROGRAM COUNT SEED
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import mqtt from "mqtt-packet";

const [, , program, count, seed] = process.argv;

function randomness(state) {
  const next = () => {  // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let it = Math.imul(state ^ (state >>> 15), 1 | state);
    it = (it + Math.imul(it ^ (it >>> 7), 61 | it)) ^ it;
    return ((it ^ (it >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  return {
    below,
    one: (list) => list[below(list.length)],
    text: (max) => Array.from({ length: 1 + below(max) }, () => "aZ0 /é€𝄞_".match(/./gu)[below(9)]).join(""),
    bytes: (max) => Buffer.from(Array.from({ length: below(max) }, () => below(256))),
  };
}

const random = randomness(Number(seed));
const { below, one, text, bytes } = random;
const flag = () => below(2) === 1;
const u16 = () => 1 + below(65535);
const u32 = () => below(2 ** 32);

// Name of the property there, its number, and a value.
const PROPERTIES = {
  payloadFormatIndicator: [1, flag], messageExpiryInterval: [2, u32], contentType: [3, () => text(20)],
  responseTopic: [8, () => text(20)], correlationData: [9, () => bytes(40)],
  subscriptionIdentifier: [11, () => 1 + below(268435455)], sessionExpiryInterval: [17, u32],
  assignedClientIdentifier: [18, () => text(20)], serverKeepAlive: [19, u16], responseInformation: [26, () => text(9)],
  serverReference: [28, () => text(9)], reasonString: [31, () => text(300)], receiveMaximum: [33, u16],
  topicAliasMaximum: [34, u16], topicAlias: [35, u16], maximumQoS: [36, () => below(2)],
  retainAvailable: [37, flag], userProperties: [38, () => ({ [text(9)]: text(9), other: ["1", "2"] })],
  maximumPacketSize: [39, () => 1 + below(2 ** 32 - 1)], wildcardSubscriptionAvailable: [40, flag],
  subscriptionIdentifiersAvailable: [41, flag], sharedSubscriptionAvailable: [42, flag],
  authenticationMethod: [21, () => text(9)],
};

const OF = {
  connack: ["sessionExpiryInterval", "receiveMaximum", "maximumQoS", "retainAvailable", "maximumPacketSize",
    "assignedClientIdentifier", "topicAliasMaximum", "reasonString", "userProperties", "wildcardSubscriptionAvailable",
    "subscriptionIdentifiersAvailable", "sharedSubscriptionAvailable", "serverKeepAlive", "responseInformation",
    "serverReference", "authenticationMethod"],
  publish: ["payloadFormatIndicator", "messageExpiryInterval", "topicAlias", "responseTopic", "correlationData",
    "userProperties", "subscriptionIdentifier", "contentType"],
  puback: ["reasonString", "userProperties"],
  disconnect: ["reasonString", "userProperties", "serverReference"],
  auth: ["authenticationMethod", "reasonString", "userProperties"],
};
OF.pubrec = OF.pubrel = OF.pubcomp = OF.puback;

function properties(cmd) {
  const all = {};
  for (const name of OF[cmd]) if (below(3) === 0) all[name] = PROPERTIES[name][1]();
  return all;
}

const CODES = { puback: [0, 16, 128, 135, 151], pubrel: [0, 146], disconnect: [0, 139, 142], auth: [0, 24] };
CODES.pubrec = CODES.puback;
CODES.pubcomp = CODES.pubrel;

function packet(version) {
  const is5 = version === 5;
  const cmd = one(["connack", "publish", "publish", "publish", "puback", "pubrec", "pubrel", "pubcomp",
    ...(is5 ? ["disconnect", "auth"] : [])]);
  const it = { cmd };
  if (is5) it.properties = properties(cmd);
  if (cmd === "connack") {
    it[is5 ? "reasonCode" : "returnCode"] = one(is5 ? [0, 128, 138, 159] : [0, 1, 5]);
    it.sessionPresent = (it.reasonCode ?? it.returnCode) === 0 && flag();
  } else if (cmd === "publish") {
    const qos = below(3);
    Object.assign(it, { qos, dup: qos > 0 && flag(), retain: flag(), topic: text(60), payload: bytes(2000) });
    if (qos > 0) it.messageId = u16();
  } else {
    if (cmd.startsWith("pub")) it.messageId = u16();
    it.reasonCode = is5 ? one(CODES[cmd]) : 0;
  }
  return it;
}

const hex = (value) => Buffer.from(value).toString("hex");

function described(it) {
  const fields = [];
  const add = (name, value) => fields.push(`${name}=${value}`);
  if (it.cmd === "publish") {
    add("topic", hex(it.topic)); add("qos", it.qos); add("id", it.messageId ?? 0); add("retain", +it.retain);
    add("dup", +it.dup); add("payload", hex(it.payload));
  } else {
    if (it.cmd === "connack") add("present", +it.sessionPresent);
    if (it.messageId) add("id", it.messageId);
    add("code", it.reasonCode ?? it.returnCode);
  }
  for (const [name, value] of Object.entries(it.properties ?? {})) {
    const id = PROPERTIES[name][0];
    if (id === 38) {
      for (const [key, one] of Object.entries(value))
        for (const each of [one].flat()) add("p38", `${hex(key)}:${hex(each)}`);
    } else {
      add(`p${id}`, typeof value === "string" || Buffer.isBuffer(value) ? hex(value) : +value);
    }
  }
  return [it.cmd.toUpperCase(), ...fields.sort()].join(" ");
}

function ask(lines) {
  const done = spawnSync(program, { input: lines.join("\n") + "\n", maxBuffer: 1 << 30, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout.trim().split("\n");
}

function parsed(version, bytesOfIt) {
  const parser = mqtt.parser({ protocolVersion: version });
  let result;
  parser.on("packet", (it) => { result = it; });
  parser.on("error", (error) => { throw error; });
  parser.parse(bytesOfIt);
  return result;
}

function packetsThatAreRead() {
  const made = Array.from({ length: Number(count) }, () => {
    const version = one([4, 5]);
    return { version, it: packet(version) };
  });
  const answers = ask(made.map(({ version, it }) =>
    `read ${version} ${hex(mqtt.generate(it, { protocolVersion: version }))}`));
  made.forEach(({ it }, i) => assert.equal(answers[i], described(it)));
}

function connectsThatGoOn() {
  const made = Array.from({ length: Number(count) / 10 }, () => {
    const protocolVersion = one([4, 5]);
    const it = { cmd: "connect", protocolId: "MQTT", protocolVersion, clean: flag(), clientId: text(20), keepalive: below(65536),
      username: "millrace", password: Buffer.from("nonce") };
    if (flag()) it.will = { topic: "w/" + text(9), payload: bytes(50), qos: below(3), retain: flag() };
    if (protocolVersion === 5)
      it.properties = { sessionExpiryInterval: u32(), receiveMaximum: u16(), userProperties: { a: "b" } };
    return it;
  });
  const answers = ask(made.map((it) => `connect ${it.protocolVersion} ${hex(mqtt.generate(it))}`));
  made.forEach((it, i) => {
    const got = parsed(it.protocolVersion, Buffer.from(answers[i], "hex"));
    assert.equal(got.username, "u");
    assert.equal(String(got.password), "p");
    for (const key of ["protocolVersion", "clean", "clientId", "keepalive"]) assert.deepEqual(got[key], it[key], key);
    for (const key of it.will ? ["topic", "payload", "qos", "retain"] : []) assert.deepEqual(got.will[key], it.will[key], key);
    assert.equal(Boolean(got.will), Boolean(it.will));
    if (it.protocolVersion !== 5) return;
    assert.deepEqual({ ...got.properties, userProperties: { ...got.properties.userProperties } },
      { ...it.properties, receiveMaximum: 20, maximumPacketSize: 70000, topicAliasMaximum: 3 });
  });
}

function whatTheGateSays() {
  const lines = [], expected = [];
  for (const version of [4, 5]) {
    for (const [cmd, type] of [["puback", 4], ["pubrec", 5], ["pubrel", 6], ["pubcomp", 7]]) {
      for (const reasonCode of CODES[cmd]) {
        const messageId = u16();
        lines.push(`ack ${version} ${type} ${messageId} ${reasonCode}`);
        expected.push({ cmd, messageId, reasonCode: version === 5 ? reasonCode : undefined });
      }
    }
    lines.push(`disconnect ${version} 130`);
    expected.push({ cmd: "disconnect", reasonCode: version === 5 ? 130 : undefined });
  }
  ask(lines).forEach((answer, i) => {
    const got = parsed(Number(lines[i].split(" ")[1]), Buffer.from(answer, "hex"));
    for (const [key, value] of Object.entries(expected[i])) assert.equal(got[key], value, `${lines[i]}: ${key}`);
  });
}

console.log(`seed ${seed}`);
packetsThatAreRead();
connectsThatGoOn();
whatTheGateSays();
console.log(`${count} packets: the same`);

// Signatures of SMS providers against the providers' own npm packages: signed by Millrace, then one byte changed, and
// both have to accept and refuse the same; and segments against npm `sms-segments-calculator`.
// Usage: node compare.js PROGRAM COUNT SEED
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { Maker } from "./requests.js";
import { NOW, VENDORS } from "./vendors.js";

const { SegmentedMessage } = createRequire(import.meta.url)("sms-segments-calculator");
const [, , program, count, seed] = process.argv;
const CHANGES = 4;

function ask(requests) {
  const input = requests.map((it) => JSON.stringify(it)).join("\n") + "\n";
  const done = spawnSync(program, { input, maxBuffer: 1 << 30, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout.trim().split("\n");
}

const asLine = (it) => ({ ...it, body: it.body.toString("hex") });
const fromLine = (line) => {
  const it = JSON.parse(line);
  return { ...it, body: Buffer.from(it.body, "hex") };
};

async function accepts(vendor, request) {
  try {
    return (await vendor.verify(request)) !== false;
  } catch {
    return false;
  }
}

async function compare(vendor, maker) {
  const drafts = Array.from({ length: Number(count) }, () => vendor.make(maker));
  const signed = ask(drafts.map((it) => ({ sign: vendor.scheme, secret: vendor.signingSecret ?? vendor.secret,
    nonce: "n" + maker.below(1e9), now: NOW, ...asLine(it) }))).map(fromLine);
  const requests = signed.flatMap((it) => [{ it, before: it },
    ...Array.from({ length: CHANGES }, () => ({ it: maker.changed(it, vendor.urlCharacters), before: it }))]);
  const answers = ask(requests.map(({ it }) => ({ verify: vendor.scheme, secret: vendor.secret, now: NOW, ...asLine(it) })));
  let accepted = 0, explained = 0;
  for (const [i, { it, before }] of requests.entries()) {
    const ours = answers[i] === "0";
    const theirs = await accepts(vendor, it);
    accepted += ours;
    if (it === before) assert.ok(ours && theirs, `${vendor.scheme}: as it was signed ${JSON.stringify(asLine(it))} ${answers[i]} ${theirs}`);
    if (ours === theirs) continue;
    explained++;
    assert.ok(!ours && vendor.explained?.(it, ours, theirs, before),
      `${vendor.scheme}: ours ${answers[i]}, theirs ${theirs}, ${JSON.stringify({ ...it, body: it.body.toString() })}, was ${JSON.stringify({ ...before, body: before.body.toString() })}`);
  }
  console.log(`${vendor.scheme}: ${requests.length} requests, ${accepted} accepted, ${explained} differences that are explained`);
}

const CHARACTERS = ["a", "1", " ", "\n", "{", "€", "é", "à", "ç", "Á", "Ω", "’", "世", "😜", "🇮🇹", "🏳️‍🌈", "👨‍👩‍👧‍👦", "👍🏽", "❤️", "e\u0301"];

function compareSegments(maker) {
  const texts = Array.from({ length: Number(count) }, () => {
    const characters = CHARACTERS.slice(0, maker.one([8, 8, 12, 20]));
    return Array.from({ length: maker.below(maker.one([80, 180, 400])) }, () => maker.one(characters)).join("");
  });
  const answers = ask(texts.map((it) => ({ segments: it })));
  texts.forEach((text, i) => {
    const theirs = new SegmentedMessage(text);
    const isGsm = theirs.getEncodingName() === "GSM-7";
    assert.equal(answers[i], `${isGsm ? 1 : 2} ${theirs.messageSize / (isGsm ? 7 : 16)} ${theirs.segmentsCount}`, JSON.stringify(text));
  });
  console.log(`segments: ${texts.length} texts`);
}

console.log(`seed ${seed}`);
Date.now = () => NOW * 1000;  // What packages take for the time.
const maker = new Maker(Number(seed));
for (const vendor of VENDORS) await compare(vendor, maker);
compareSegments(maker);

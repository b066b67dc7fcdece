// Signed requests, and such as have one byte changed: does the gateway take those alone that Slack's own verifier takes?
// Usage: node verify.js PORT SECRET COUNT SEED
import http from "node:http";
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";

const { verifySlackRequest } = createRequire(import.meta.url)("@slack/bolt/dist/receivers/verify-request.js");
const [port, secret, count, seed] = [process.argv[2], process.argv[3], ...process.argv.slice(4).map(Number)];

let state = seed >>> 0;
const random = (max) => {  // xorshift
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % max;
};
const PIECES = ["token=x", "&text=", "%20", "+", "ü", "🌊", "{\"type\":\"team_join\"}", "\n", "\u0000", "'", "=", "a".repeat(70), ""];
const body = () => Array.from({ length: random(30) }, () => PIECES[random(PIECES.length)]).join("");
const changed = (text, low, high) => {
  const bytes = Buffer.from(text);
  if (bytes.length === 0) return "x";
  const at = random(bytes.length);
  const old = bytes[at];
  while (bytes[at] === old) bytes[at] = low + random(high - low);
  return bytes;
};

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const ask = (headers, content) => new Promise((resolve, reject) => {
  const request = http.request({ port, agent, method: "POST", path: "/slack/events", headers: {
    "Content-Type": "application/json", "Content-Length": Buffer.byteLength(content), ...headers } }, (response) => {
    response.resume();
    response.on("end", () => resolve(response.statusCode));
  });
  request.on("error", reject);
  request.end(content);
});

const tally = { taken: 0, refused: 0, differ: 0 };
const compare = async (timestamp, signature, content, what) => {
  const headers = { "x-slack-request-timestamp": String(timestamp), "x-slack-signature": String(signature) };
  let theirs = true;
  try {
    verifySlackRequest({ signingSecret: secret, body: content.toString(), headers, logger: console });
  } catch {
    theirs = false;
  }
  const ours = (await ask(headers, content)) === 200;
  const isFuture = Number(timestamp) > Date.now() / 1000 + 300;  // They take it, and we do not.
  const differs = isFuture ? ours : ours !== theirs;
  tally[ours ? "taken" : "refused"] += 1;
  if (!differs) return;
  tally.differ += 1;
  if (tally.differ < 5) console.error(`${what}: ${JSON.stringify({ timestamp, signature: String(signature), content: content.toString(), ours, theirs })}`);
};

for (let i = 0; i < count; ++i) {
  const now = Math.floor(Date.now() / 1000);
  const timestamp = String(now + [0, 0, 0, -200, 200, -3600, 3600, 86400][random(8)] + random(50));
  const content = Buffer.from(body());
  const signature = `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${content}`).digest("hex")}`;
  await compare(timestamp, signature, content, "as it was signed");
  if (random(4) === 0) await compare(timestamp, signature, Buffer.concat([content, Buffer.from(" ")]), "a longer body");
  await compare(timestamp, signature, Buffer.from(changed(content.toString("latin1"), 0x20, 0x7f).toString("latin1")), "body");
  await compare(timestamp, changed(signature, 0x21, 0x7f), content, "signature");
  await compare(changed(timestamp, 0x30, 0x3a), signature, content, "time");
}
console.log(JSON.stringify(tally));
process.exit(tally.differ === 0 && tally.taken > count / 4 && tally.refused > count ? 0 : 1);

// Lines as npm `irc-framework` reads and writes them, and as Millrace does: the parts have to be the same.
// Usage: node compare.js PROGRAM COUNT SEED
//
// Meant differences: Millrace refuses a command that is no command, gives the fifteenth parameter all of the rest, keeps
// the case of tags and commands, and writes nothing that reads as another line.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const parse = require("irc-framework/src/irclineparser.js");
const Message = require("irc-framework/src/ircmessage.js");

const [, , program, count, seed] = process.argv;

function randomness(state) {
  const next = () => {  // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let it = Math.imul(state ^ (state >>> 15), 1 | state);
    it = (it + Math.imul(it ^ (it >>> 7), 61 | it)) ^ it;
    return ((it ^ (it >>> 14)) >>> 0) / 4294967296;
  };
  return (n) => Math.floor(next() * n);
}

const below = randomness(Number(seed));
const one = (list) => list[below(list.length)];
const several = (max, make) => Array.from({ length: below(max + 1) }, make);
const text = (max, letters) => several(max, () => one(letters)).join("");
const hex = (it) => "_" + Buffer.from(it, "utf8").toString("hex");

const ANY = [..."ab:=\\;@!é€𝄞\x01\t,#", " ", " "];
const WORD = ANY.filter((it) => it !== " ");
const spaces = () => one([" ", " ", " ", "  ", "   "]);
const commands = ["PRIVMSG", "NOTICE", "JOIN", "001", "433", "BATCH", "X"];

function source() {
  const part = () => text(5, [..."ab1~-_[]é."]) || "x";
  return one([`${part()}!${part()}@${part()}`, `${part()}@${part()}`, `${part()}!${part()}`, "nick"]);
}

// A line as a server may send it.
function line() {
  let it = "";
  if (below(2)) {
    const tag = () => one(["a", "b", "msgid", "+draft/reply", "", "x.y/z-1"]) +
      one(["", "=", "=" + text(8, WORD.filter((c) => c !== ";")), "=" + text(6, ["\\", "s", ":", "n", "r", "\\\\", "b"])]);
    it += "@" + [tag(), ...several(3, tag)].join(";") + spaces();
  }
  if (below(2)) it += ":" + source() + spaces();
  it += one(commands);
  for (const param of several(12, () => text(6, WORD).replace(/^:+/, "") || "p")) it += spaces() + param;
  if (below(2)) it += spaces() + ":" + text(12, ANY);
  else it += one(["", "", " ", "  "]);
  return it;
}

function described(it) {
  const parts = [it.prefix, it.nick, it.ident, it.hostname, it.command].map(hex);
  for (const param of it.params) parts.push("p=" + hex(param));
  const keys = Object.keys(it.tags).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const key of keys) parts.push(`t=${hex(key)}:${hex(it.tags[key])}`);
  return parts.join(" ");
}

function ask(lines) {
  const done = spawnSync(program, { input: lines.join("\n") + "\n", maxBuffer: 1 << 30, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout.split("\n").map((it) => it.trim());
}

function linesThatAreRead() {
  const made = Array.from({ length: Number(count) }, line);
  const answers = ask(made.map((it) => `read ${hex(it)}`));
  made.forEach((it, i) => assert.equal(answers[i], described(parse(it)), JSON.stringify(it)));
}

function message() {
  const it = new Message(one(commands), ...several(5, () => text(6, ANY)));
  for (const key of several(3, () => one(["a", "b", "+draft/reply"]))) it.tags[key] = text(6, ANY);
  return it;
}

// What Millrace writes is read there as what was asked for; what it refuses, that one cannot write so that it comes back.
function linesThatAreWritten() {
  const made = Array.from({ length: Number(count) }, message);
  const asked = made.map((it) => ["write", hex(it.command), ...it.params.map((param) => "p=" + hex(param)),
    ...Object.entries(it.tags).map(([key, value]) => `t=${hex(key)}:${hex(value)}`)].join(" "));
  let refused = 0;
  ask(asked).slice(0, made.length).forEach((answer, i) => {
    const it = made[i];
    if (answer === "fault") {
      ++refused;
      const back = parse(it.to1459());
      return assert.notDeepEqual([...back.params], it.params, asked[i]);
    }
    const back = parse(Buffer.from(answer.slice(1), "hex").toString("utf8"));
    assert.equal(described(back), described(it), asked[i]);
  });
  assert.ok(refused < made.length * 0.9 && refused > 0);
}

console.log(`seed ${seed}`);
linesThatAreRead();
linesThatAreWritten();
console.log(`${count} lines each way`);

// Somebody on IRC, by npm `irc-framework`. Usage: node person.js PORT NICK ROOM
//
// Lines in: `TARGET TEXT` is said. Lines out: JSON of `{ type, nick, target, message }` for what is heard, and `{ type:
// "there" }` as soon as the room was entered.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const { Client } = require("irc-framework");

const [, , port, nick, room] = process.argv;
const tell = (it) => process.stdout.write(`${JSON.stringify(it)}\n`);
const client = new Client({ enable_echomessage: false });
client.connect({ host: "127.0.0.1", port: Number(port), nick, auto_reconnect: false });
client.on("registered", () => client.join(room));
client.on("join", (event) => event.nick === nick && tell({ type: "there" }));
client.on("message", ({ type, nick, target, message }) => tell({ type, nick, target, message }));
client.on("close", () => process.exit(0));

createInterface({ input: process.stdin }).on("line", (line) => {
  const space = line.indexOf(" ");
  const [target, text] = [line.slice(0, space), line.slice(space + 1)];
  if (target === "action") client.action(room, text);
  else client.say(target, text);
}).on("close", () => client.quit("bye"));

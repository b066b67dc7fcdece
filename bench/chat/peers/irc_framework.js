// npm irc-framework as somebody who hears what is said: node irc_framework.js PORT
const { Client } = require("irc-framework");

const client = new Client();
let heard = 0;
client.connect({ host: "127.0.0.1", port: Number(process.argv[2]), nick: "bench", auto_reconnect: false });
client.on("registered", () => client.join("#room"));
client.on("message", () => { heard += 1; });
client.on("close", () => process.exit(0));

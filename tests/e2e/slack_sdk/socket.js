// Slack's own client of Socket Mode, until its standard input ends. Usage: node socket.js URL TOKEN
// What happens is a JSON object a line; each delivery is acknowledged.
import { SocketModeClient, LogLevel } from "@slack/socket-mode";

const [url, appToken] = process.argv.slice(2);
const client = new SocketModeClient({ appToken, logLevel: LogLevel.ERROR, clientOptions: { slackApiUrl: `${url}/api/` } });
const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

client.on("connected", () => tell({ type: "connected" }));
client.on("slack_event", async ({ ack, envelope_id: id, body, type }) => {
  await ack(type === "slash_commands" ? { text: "at once" } : undefined);
  tell({ type, id, text: body.event?.text ?? body.text });
});
await client.start();
process.stdin.resume();
process.stdin.on("end", async () => {
  await client.disconnect();
  process.exit(0);
});

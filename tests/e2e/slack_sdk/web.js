// What Slack's own client makes of a server. Usage: node web.js URL TOKEN -> a JSON object of results
import { WebClient, LogLevel } from "@slack/web-api";

const [url, token] = process.argv.slice(2);
const client = new WebClient(token, { slackApiUrl: `${url}/api/`, logLevel: LogLevel.ERROR, retryConfig: { retries: 1 } });
const results = {};
const refused = (promise) => promise.then(() => "it was taken", (error) => error.data?.error ?? error.code);

results.auth = (await client.auth.test()).user_id;
const posted = await client.chat.postMessage({ channel: "C1", text: "hello & <bye>", thread_ts: "1.000001" });
results.posted = posted.message.text;
results.updated = (await client.chat.update({ channel: "C1", ts: posted.ts, text: "after" })).text;
await client.reactions.add({ channel: "C1", timestamp: posted.ts, name: "tada" });
results.again = await refused(client.reactions.add({ channel: "C1", timestamp: posted.ts, name: "tada" }));
await client.reactions.remove({ channel: "C1", timestamp: posted.ts, name: "tada" });
await client.conversations.setTopic({ channel: "C1", topic: "news" });
results.person = (await client.users.info({ user: "U7" })).user.profile.display_name;
results.room = (await client.conversations.info({ channel: "C1" })).channel.name;
await client.chat.meMessage({ channel: "C1", text: "waves" });
await client.filesUploadV2({ channel_id: "C1", file: Buffer.from("what is in it"), filename: "a.txt", title: "A" });
const root = await client.chat.postMessage({ channel: "C2", text: "root" });
for (const text of ["one", "two", "three"]) await client.chat.postMessage({ channel: "C2", text, thread_ts: root.ts });
const last = await client.chat.postMessage({ channel: "C2", text: "last" });
const texts = async (method, more) => {
  const found = [];
  for await (const page of client.paginate(method, { channel: "C2", ...more })) found.push(...page.messages.map(({ text }) => text));
  return found;
};
results.history = await texts("conversations.history", { limit: 1 });
results.after = await texts("conversations.history", { oldest: root.ts });
results.between = await texts("conversations.history", { oldest: root.ts, latest: last.ts, inclusive: true });
results.replies = await texts("conversations.replies", { ts: root.ts, limit: 2 });
const { messages } = await client.conversations.history({ channel: "C2", latest: last.ts });
results.counted = messages[0].reply_count === 3 && messages[0].latest_reply < last.ts;
results.page = await refused(client.conversations.history({ channel: "C2", cursor: "x" }));
results.thread = await refused(client.conversations.replies({ channel: "C2", ts: "9.000009" }));
results.begun = Date.now();
await client.chat.postMessage({ channel: "C429", text: "waited" });
results.waited = Date.now() - results.begun;
results.nowhere = await refused(client.chat.postMessage({ channel: "CX1", text: "x" }));
results.nobody = await refused(client.chat.delete({ channel: "C1", ts: "9.000009" }));
results.unknown = await refused(new WebClient("xoxb-other", { slackApiUrl: `${url}/api/`, logLevel: LogLevel.ERROR }).auth.test());
await client.chat.delete({ channel: "C1", ts: posted.ts });
process.stdout.write(`${JSON.stringify(results)}\n`);

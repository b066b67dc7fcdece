// Sends one text by each provider's own package, to another address than theirs. Usage: node send.js PROVIDER, with
// JSON on standard input: {"base", "id", "secret", "application", "from", "to", "text", "report"}
const http = require("node:http");
const https = require("node:https");
const { readFileSync } = require("node:fs");
const Module = require("node:module");
const { urlToHttpOptions } = require("node:url");

const it = JSON.parse(readFileSync(0, "utf8"));
const base = new URL(it.base);

https.request = (first, second, third) => {
  const isUrl = typeof first === "string" || first instanceof URL;
  const options = isUrl ? { ...urlToHttpOptions(new URL(first)), ...(typeof second === "object" ? second : {}) } : first;
  const { agent, host, protocol, ...others } = options;
  const headers = { ...options.headers };
  for (const name of Object.keys(headers)) if (name.toLowerCase() === "host") delete headers[name];
  return http.request({ ...others, headers, hostname: base.hostname, port: base.port },
    [second, third].find((each) => typeof each === "function"));
};
const load = Module._load;  // Sinch's package asks for one that it does not depend on.
Module._load = (name, ...more) => (name === "@sinch/sdk-core/package.json" ? { version: "0" } : load(name, ...more));
const realFetch = globalThis.fetch;
globalThis.fetch = (url, options) => {
  const there = new URL(url.url ?? url);
  return realFetch(new URL(there.pathname + there.search, base), options);
};

const digits = (number) => number.slice(1);
const SENDERS = {
  twilio: () => require("twilio")(it.id, it.secret).messages.create(
    { to: it.to, from: it.from, body: it.text, statusCallback: it.report }),
  "vonage-sms": () => {
    const { SMS } = require("@vonage/sms");
    return new SMS({ apiKey: it.id, apiSecret: it.secret }).send(
      { from: digits(it.from), to: digits(it.to), text: it.text, type: "unicode", callback: it.report });
  },
  "vonage-messages": () => {
    const { Messages } = require("@vonage/messages");
    const sender = new Messages({ apiKey: it.id, apiSecret: it.secret });
    sender.authType = "basic";
    return sender.send({ from: digits(it.from), to: digits(it.to), channel: "sms", messageType: "text", text: it.text,
      webhookUrl: it.report });
  },
  plivo: () => new (require("plivo").Client)(it.id, it.secret).messages.create(
    digits(it.from), digits(it.to), it.text, { url: it.report, method: "POST" }),
  messagebird: () => new Promise((done, failed) => require("messagebird").initClient(it.secret).messages.create(
    { originator: it.from, recipients: [digits(it.to)], body: it.text, reportUrl: it.report, datacoding: "auto" },
    (error, answer) => (error ? failed(error) : done(answer)))),
  telnyx: () => new (require("telnyx"))({ apiKey: it.secret, maxRetries: 0 }).messages.send(
    { from: it.from, to: it.to, text: it.text, webhook_url: it.report, messaging_profile_id: it.application }),
  sinch: () => {
    const { SmsService } = require("@sinch/sms");
    return new SmsService({ servicePlanId: it.id, apiToken: it.secret, smsRegion: "us" }).batches.sendTextMessage(
      { sendSMSRequestBody: { from: digits(it.from), to: [digits(it.to)], body: it.text, callback_url: it.report,
        delivery_report: "per_recipient", type: "mt_text" } });
  },
  bandwidth: () => {
    const { Configuration, MessagesApi } = require("bandwidth-sdk");
    return new MessagesApi(new Configuration({ username: "user", password: it.secret })).createMessage(
      it.id, { applicationId: it.application, from: it.from, to: [it.to], text: it.text });
  },
};

const jsonOf = (answer) => JSON.stringify(answer?.data ?? answer, (key, value) => (key.startsWith("_") ? undefined : value));
SENDERS[process.argv[2]]().then((answer) => console.log(jsonOf(answer)), (error) => {
  console.error(error);
  process.exit(1);
});

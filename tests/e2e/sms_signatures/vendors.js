// What each vendor's own package says to a request: true, or false, or it throws. `scheme` is ours.
import querystring from "node:querystring";
import { createHash, createPrivateKey, createPublicKey, createSecretKey } from "node:crypto";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const twilio = require("twilio");
const { SMS } = require("@vonage/sms");
const plivo = require("plivo");
const messagebird = require("messagebird/lib/webhook-signature-jwt");
const { TelnyxWebhook } = require("telnyx/lib/webhooks");
// Its index needs a package that it does not depend on.
const sinch = require(new URL("node_modules/@sinch/sdk-client/dist/utils/authorization.helper.js", import.meta.url).pathname);
const { Webhook } = require("standardwebhooks");
const { jwtVerify } = require("jose");

export const NOW = 1700000000;

const header = (it, name) => it.headers.find(([key]) => key.toLowerCase() === name)?.[1].trim();
const isForm = (it) => header(it, "content-type") === "application/x-www-form-urlencoded";
const parsed = (text) => ({ ...querystring.parse(text.toString()) });
const queryOf = (it) => it.url.split("?").slice(1).join("?");
const paramsOf = (it) => (isForm(it) ? parsed(it.body) : {});
const secret = "s3cret_tok3n";

const SEED = Buffer.alloc(32, 7);
const PRIVATE = createPrivateKey({ key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), SEED]), format: "der", type: "pkcs8" });
const PUBLIC = createPublicKey(PRIVATE).export({ format: "der", type: "spki" }).subarray(-32);

// The token's bytes are what counts: whether the last character may have bits that nobody reads is where we are strict.
const sameBytes = (a, b) => a !== undefined && b !== undefined &&
  Buffer.from(a.split(".").at(-1), "base64").equals(Buffer.from(b.split(".").at(-1), "base64"));

const twilios = {
  make: (maker) => {
    const kind = maker.below(4);
    const url = maker.url();
    if (kind === 0) return { method: "GET", url, headers: [], body: Buffer.alloc(0) };
    return { method: "POST", url, ...(kind === 1 ? maker.json() : maker.form(maker.fields(8))) };
  },
  // As the package's own middleware chooses.
  verify: (it) => it.url.indexOf("bodySHA256") > 0
    ? twilio.validateRequestWithBody(secret, header(it, "x-twilio-signature"), it.url, it.body.toString())
    : twilio.validateRequest(secret, header(it, "x-twilio-signature"), it.url, paramsOf(it)),
  explained: (it, ours, theirs, before) => theirs && (
    // A body that is no form, without its digest: nobody has signed it.
    (it.body.length > 0 && !isForm(it) && !it.url.includes("bodySHA256")) ||
    // `/.` for `/`: a URL that was not signed, which the package's URL class turns into one that was.
    new URL(it.url).pathname !== it.url.slice(8).replace(/^[^/]*/, "").split("?")[0]),
};

const ALGORITHMS = { md5hash: "MD5HASH", md5: "MD5HMAC", sha1: "SHA1HMAC", sha256: "SHA256HMAC", sha512: "SHA512HMAC" };

const vonage = (algorithm) => ({
  scheme: "vonage-" + algorithm,
  make: (maker) => {
    const fields = [["timestamp", String(NOW)], ...maker.fields(6, { repeat: false })];
    if (maker.below(2) === 0)
      return { method: "GET", url: "https://sms.example.com/in?" + maker.encoded(fields), headers: [], body: Buffer.alloc(0) };
    return { method: "POST", url: "https://sms.example.com/in", ...maker.form(fields) };
  },
  verify: (it) => {
    const params = it.body.length > 0 ? paramsOf(it) : parsed(queryOf(it));
    return new SMS({}).verifySignature(params.sig, params, secret, ALGORITHMS[algorithm]);
  },
});

const plivos = (scheme, ours) => ({
  scheme,
  urlCharacters: "aZ0-._~!$&'()*+,;=/?%",
  make: (maker) => {
    const url = maker.url({ ports: ["", ":8443"] });
    if (maker.below(3) === 0) return { method: "GET", url, headers: [], body: Buffer.alloc(0) };
    return { method: "POST", url, ...maker.form([["From", "1"], ...maker.fields(6)]) };
  },
  ...ours,
});

export const VENDORS = [
  { scheme: "twilio", secret, ...twilios },
  ...["md5hash", "md5", "sha1", "sha256", "sha512"].map((it) => ({ secret, ...vonage(it) })),
  { secret, ...plivos("plivo-v3", { verify: (it) => plivo.validateV3Signature(it.method, it.url,
    header(it, "x-plivo-signature-v3-nonce"), secret, header(it, "x-plivo-signature-v3"), paramsOf(it)) }) },
  { secret, ...plivos("plivo-v2", { verify: (it) => plivo.validateSignature(it.url,
    header(it, "x-plivo-signature-v2-nonce"), header(it, "x-plivo-signature-v2"), secret) }) },
  {
    scheme: "messagebird-jwt", secret,
    make: (maker) => maker.below(2) === 0
      ? { method: "GET", url: maker.url(), headers: [], body: Buffer.alloc(0) }
      : { method: "POST", url: maker.url(), ...maker.json() },
    verify: (it) => messagebird.verify(it.url, it.body, header(it, "messagebird-signature-jwt"),
      createSecretKey(Buffer.from(secret)), new messagebird.VerifyOptions(true, true, { issuer: "MessageBird",
        algorithms: ["HS256", "HS384", "HS512"], clockTolerance: 5, currentDate: new Date(NOW * 1000) })),
    explained: (it, ours, theirs, before) =>
      theirs && sameBytes(header(it, "messagebird-signature-jwt"), header(before, "messagebird-signature-jwt")),
  },
  {
    scheme: "vonage-jwt", secret,
    make: (maker) => ({ method: "POST", url: maker.url(), ...maker.json() }),
    verify: async (it) => {
      const [kind, token] = header(it, "authorization").split(/ +/);
      if (kind.toLowerCase() !== "bearer") return false;
      const { payload } = await jwtVerify(token, createSecretKey(Buffer.from(secret)),
        { issuer: "Vonage", algorithms: ["HS256"], currentDate: new Date(NOW * 1000) });
      return payload.payload_hash === createHash("sha256").update(it.body).digest("hex");
    },
    explained: (it, ours, theirs, before) =>
      theirs && sameBytes(header(it, "authorization"), header(before, "authorization")),
  },
  {
    scheme: "telnyx", secret: PUBLIC.toString("base64"), signingSecret: SEED.toString("base64"),
    make: (maker) => ({ method: "POST", url: maker.url(), ...maker.json() }),
    verify: async (it) => {
      await new TelnyxWebhook(PUBLIC.toString("base64")).verify(it.body.toString(), Object.fromEntries(
        it.headers.map(([name, value]) => [name, value.trim()])));
      return true;
    },
    explained: (it, ours, theirs, before) =>
      theirs && sameBytes(header(it, "telnyx-signature-ed25519"), header(before, "telnyx-signature-ed25519")),
  },
  {
    scheme: "sinch", secret,
    make: (maker) => ({ method: "POST", url: maker.url(), ...maker.json() }),
    verify: (it) => sinch.validateWebhookSignature(secret, Object.fromEntries(
      it.headers.map(([name, value]) => [name, value.trim()])), it.body.toString()),
  },
  {
    scheme: "standard-webhooks", secret: "whsec_" + Buffer.from(secret).toString("base64"),
    make: (maker) => ({ method: "POST", url: maker.url(), ...maker.json() }),
    verify: (it) => {
      new Webhook("whsec_" + Buffer.from(secret).toString("base64")).verify(it.body.toString(),
        Object.fromEntries(it.headers.map(([name, value]) => [name, value.trim()])));
      return true;
    },
  },
];

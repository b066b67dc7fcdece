// Random webhooks, and changes of single bytes in them.

export function randomness(state) {
  const next = () => {  // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let it = Math.imul(state ^ (state >>> 15), 1 | state);
    it = (it + Math.imul(it ^ (it >>> 7), 61 | it)) ^ it;
    return ((it ^ (it >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  return { below, one: (list) => list[below(list.length)] };
}

const PIECES = ["a", "Z", "0", "9", " ", "+", "'", "&", "=", "%", "/", "?", "~", "*", "!", "(", ")", ",", ";", "é", "€", "😜", "ﬁ", "\n", "\r\n"];
const IN_URLS = "aZ0-._~!$&'()*+,;=/?%";

export class Maker {
  constructor(seed) { Object.assign(this, randomness(seed)); }

  text(max) { return Array.from({ length: this.below(max + 1) }, () => this.one(PIECES)).join(""); }

  fields(max, { repeat = true } = {}) {
    const fields = [];
    for (let i = this.below(max + 1); i > 0; --i) {
      fields.push([this.one(["From", "To", "Body", "Text", "a", "B", "x.y", "é"]) + this.one(["", "", "1", "a"]), this.text(10)]);
      if (repeat && this.below(4) === 0) fields.push([fields.at(-1)[0], this.one([this.text(3), fields.at(-1)[1]])]);
    }
    return repeat ? fields : [...new Map(fields)];
  }

  // Names and values, encoded in one of the ways that clients have.
  encoded(fields) {
    const encode = this.one([
      encodeURIComponent,
      (it) => encodeURIComponent(it).replace(/%20/g, "+"),
      (it) => encodeURIComponent(it).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16)),
    ]);
    return fields.map(([name, value]) => encode(name) + "=" + encode(value)).join("&");
  }

  url({ ports = ["", "", ":443", ":8443"], repeat = true } = {}) {
    const query = this.encoded(this.fields(3, { repeat }));
    const path = this.one(["/", "/in", "/in/sms.php", "/a%20b/c"]);
    return "https://sms.example.com" + this.one(ports) + path + (query || this.below(5) === 0 ? "?" + query : "");
  }

  form(fields) { return { headers: [["content-type", "application/x-www-form-urlencoded"]], body: Buffer.from(this.encoded(fields)) }; }

  json() {
    const object = { type: "x", text: this.text(20), n: this.below(1000), list: [this.text(3)] };
    return { headers: [["content-type", "application/json"]], body: Buffer.from(JSON.stringify(object)) };
  }

  // One byte in one part: another character in the URL behind the host, or in a header; any other byte in the body.
  changed(request, urlCharacters = IN_URLS) {
    const it = structuredClone(request);
    it.body = Buffer.from(request.body);
    const from = it.headers[0]?.[0] === "content-type" ? 1 : 0;
    const part = this.below(2 + it.headers.length - from);
    const at = (text) => this.below(text.length);
    if (part === 0) {
      const host = it.url.indexOf("/", 8);
      const i = host + 1 + at(it.url.slice(host + 1) || "x");
      it.url = it.url.slice(0, i) + this.one([...urlCharacters]) + it.url.slice(i + 1);
    } else if (part === 1) {
      if (it.body.length > 0) it.body[at(it.body)] = this.one([this.below(256), "a".charCodeAt(0), ..."&=+%'"].map((c) => typeof c === "string" ? c.charCodeAt(0) : c));
    } else {
      const header = it.headers[from + part - 2];
      const i = at(header[1]);
      header[1] = header[1].slice(0, i) + this.one([..."aZ0+/=-_., "]) + header[1].slice(i + 1);
    }
    return it;
  }
}

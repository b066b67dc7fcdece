// An operator's SMSC (SMPP 3.4), for a gateway that binds to it. Usage: node smsc.js
// Prints `port N` first, then a line of JSON for each thing that happens; takes lines of JSON:
//   {"deliver": {"from", "to", "text"}}         a phone sends a message
//   {"report": ID, "state": "DELIVRD"}          what became of a message that was submitted
const readline = require("node:readline");
const smpp = require("smpp");

const NUMBER = { ton: 1, npi: 1 };  // international, E.164
const RECEIPT = 4;  // of esm_class
const say = (what) => console.log(JSON.stringify(what));
const textOf = (pdu) => pdu.short_message.message?.toString() ?? "";
const GSM = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/;
const CODINGS = { gsm: 0, ucs2: 8 };
const submitted = new Map();
let peer;

const server = smpp.createServer({}, (session) => {
  session.on("bind_transceiver", (pdu) => {
    peer = session;
    session.send(pdu.response());
    say({ bound: pdu.system_id });
  });
  session.on("submit_sm", (pdu) => {
    const id = `m${submitted.size + 1}`;
    submitted.set(id, pdu);
    session.send(pdu.response({ message_id: id }));
    say({ submitted: id, from: pdu.source_addr, to: pdu.destination_addr, text: textOf(pdu), coding: pdu.data_coding,
      wantsReport: pdu.registered_delivery });
  });
  for (const name of ["enquire_link", "unbind"]) session.on(name, (pdu) => session.send(pdu.response()));
  session.on("error", () => {});
});

const addresses = (from, to) => ({ source_addr: from, source_addr_ton: NUMBER.ton, source_addr_npi: NUMBER.npi,
  destination_addr: to, dest_addr_ton: NUMBER.ton, dest_addr_npi: NUMBER.npi });

function deliver(pdu, what) {
  const coding = GSM.test(pdu.short_message) ? CODINGS.gsm : CODINGS.ucs2;
  peer.deliver_sm({ ...pdu, data_coding: coding }, (answer) => say({ ...what, status: answer.command_status }));
}

function report(id, state) {
  const { source_addr: from, destination_addr: to } = submitted.get(id);
  const isGood = state === "DELIVRD";
  const text = `id:${id} sub:001 dlvrd:00${isGood ? 1 : 0} submit date:2601010000 done date:2601010001 stat:${state} ` +
    `err:${isGood ? "000" : "011"} text:`;
  deliver({ ...addresses(to, from), esm_class: RECEIPT, short_message: text }, { reported: id });
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const it = JSON.parse(line);
  if (it.deliver) deliver({ ...addresses(it.deliver.from, it.deliver.to), short_message: it.deliver.text }, { delivered: it.deliver.text });
  if (it.report) report(it.report, it.state);
}).on("close", () => process.exit());

server.listen(0, "127.0.0.1", () => console.log(`port ${server.address().port}`));

// npm smtp-server that keeps nothing: node server.js PORT.
const { SMTPServer } = require("smtp-server");

new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS", "AUTH"],
  disableReverseLookup: true,
  logger: false,
  onData(stream, session, done) {
    stream.on("end", () => done());
    stream.resume();
  },
}).listen(Number(process.argv[2]), "127.0.0.1");

// The peer: express with the validator of Twilio's own package, as its manual shows it. Usage: node server.js PORT URL TOKEN
const express = require("express");
const twilio = require("twilio");

const [, , port, url, token] = process.argv;
const app = express();
app.use(express.urlencoded({ extended: false }));
app.post("/", twilio.webhook(token, { url }), (request, response) => {
  response.type("text/xml").send(new twilio.twiml.MessagingResponse().toString());
});
app.listen(Number(port), "127.0.0.1");

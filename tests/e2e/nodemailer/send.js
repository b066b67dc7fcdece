// node send.js PORT CA: sends some mails through one pooled transport, and prints what the server said of each.
'use strict';
const fs = require('node:fs');
const nodemailer = require('nodemailer');

const transport = nodemailer.createTransport({
  host: '127.0.0.1', port: Number(process.argv[2]), requireTLS: true, pool: true, maxConnections: 4,
  tls: { ca: fs.readFileSync(process.argv[3]) },
});
const mail = (number, more) => ({
  from: 'Ada Grün <ada@example.org>', to: `box+${number}@in.example.com`, subject: `Grüße ${number} 🚀`, ...more,
});
const mails = [
  mail(0, { text: '.a line that begins with a dot\n' }),
  mail(1, { text: 'hello', html: '<p>hello</p>' }),
  mail(2, { text: 'see there', attachments: [{ filename: 'naïve “file”.bin', content: Buffer.alloc(300000, 7) }] }),
  ...Array.from({ length: 50 }, (_, index) => mail(index + 3, { text: `the ${index}` })),
];

(async () => {
  for (const sent of await Promise.all(mails.map((each) => transport.sendMail(each)))) console.log(sent.response);
  transport.close();
})();

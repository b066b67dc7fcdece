// npm aedes on a port of the system's choice, which is the first line of its output.
const aedes = require('aedes')({ queueLimit: 10000 })
const server = require('net').createServer(aedes.handle)
server.listen(0, '127.0.0.1', () => console.log(server.address().port))

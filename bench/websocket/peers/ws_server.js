// The peer: a server on npm `ws`, with its optional native half (bufferutil) and without deflate. An echo at /echo; at
// /group, what one says comes to all that are there, as the manual of `ws` shows it.
// Usage: node ws_server.js PORT
const { WebSocket, WebSocketServer } = require("ws");

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  perMessageDeflate: false,
  clientTracking: false,
});
const group = new Set();

server.on("connection", (socket, request) => {
  socket.on("error", (error) => console.error(`session: ${error.message}`));
  if (request.url !== "/group") {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    return;
  }
  group.add(socket);
  socket.on("close", () => group.delete(socket));
  socket.on("message", (data, isBinary) => {
    for (const member of group) {
      if (member.readyState === WebSocket.OPEN) member.send(data, { binary: isBinary });
    }
  });
});

// The broadcast of ws's own README.
import { createRequire } from "node:module";
import process from "node:process";

const require = createRequire(import.meta.url);
const { WebSocket, WebSocketServer } = require("ws");
const { version } = require("ws/package.json");

const server = new WebSocketServer({ host: "127.0.0.1", port: 0 }, () => {
  process.stdout.write(
    `ws ${version} on Node ${process.version} listening on http://localhost:${server.address().port}/\n`,
  );
});

server.on("connection", (socket) => {
  socket.on("message", (text, isBinary) => {
    for (const client of server.clients) {
      if (client.readyState === WebSocket.OPEN) client.send(text, { binary: isBinary });
    }
  });
});

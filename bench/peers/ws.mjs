// The broadcast of ws's own README, to those in the same room.
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

const rooms = new Map();

server.on("connection", (socket, request) => {
  const name = new URL(request.url, "ws://localhost").searchParams.get("room");
  const room = rooms.get(name) ?? new Set();
  rooms.set(name, room.add(socket));
  socket.on("close", () => room.delete(socket));
  socket.on("message", (text, isBinary) => {
    for (const client of room) {
      if (client.readyState === WebSocket.OPEN) client.send(text, { binary: isBinary });
    }
  });
});

// Socket.IO's emit to everyone in a room, as in its own documentation.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import process from "node:process";

const require = createRequire(import.meta.url);
const { Server } = require("socket.io");
const { version } = require("socket.io/package.json");

const http = createServer();
const io = new Server(http);

io.on("connection", (socket) => {
  const { room } = socket.handshake.query;
  socket.join(room);
  socket.on("m", (message) => io.to(room).emit("m", message));
});

http.listen(0, "127.0.0.1", () => {
  process.stdout.write(
    `Socket.IO ${version} on Node ${process.version} listening on ` +
      `http://localhost:${http.address().port}/\n`,
  );
});

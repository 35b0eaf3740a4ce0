// Bun's own WebSocket server and its native publish.
import process from "node:process";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, server) {
    if (server.upgrade(request)) return;
    return new Response("Upgrade required", { status: 426 });
  },
  websocket: {
    open(socket) {
      socket.subscribe("lobby");
    },
    message(_socket, text) {
      server.publish("lobby", text);
    },
  },
});
process.stdout.write(`bun ${Bun.version} listening on http://localhost:${server.port}/\n`);

// Bun's own WebSocket server and its native publish.
import process from "node:process";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, server) {
    const room = new URL(request.url).searchParams.get("room");
    if (server.upgrade(request, { data: room })) return;
    return new Response("Upgrade required", { status: 426 });
  },
  websocket: {
    open(socket) {
      socket.subscribe(socket.data);
    },
    message(socket, text) {
      server.publish(socket.data, text);
    },
  },
});
process.stdout.write(`bun ${Bun.version} listening on http://localhost:${server.port}/\n`);

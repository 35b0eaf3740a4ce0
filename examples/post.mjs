/**
 * Posts each line of the input as a message, in order, and ends when the server has stored them all.
 *
 *     npm install --prefix examples
 *     ls | POST_SECRET=swordfish node examples/post.mjs ws://localhost:8000/ws lobby reporter
 */
import { randomUUID } from "node:crypto";
import process from "node:process";
import { createInterface } from "node:readline";
import WebSocket from "ws";

const [url = "ws://localhost:8000/ws", room = "lobby", name = "reporter"] = process.argv.slice(2);
const credentials = Buffer.from(`${name}:${process.env.POST_SECRET ?? "swordfish"}`);
const authorization = `Basic ${credentials.toString("base64")}`;
const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

let socket, me;
/** The message that the server has not acknowledged yet. */
let current;
let reading = false;

const tell = (command) => socket.readyState === 1 && socket.send(JSON.stringify(command));
const join = () => tell({ type: "join", room });
const send = () => tell({ type: "send", room, ...current });

async function next() {
  if (reading) return;
  reading = true;
  const { value, done } = await input.next();
  reading = false;
  if (done) return socket.close(1000);
  if (value.trim() === "") return next();
  current = { id: randomUUID(), text: value };
  send();
}

function receive(line) {
  if (line.type === "hello") {
    me = line.user.id;
    join();
  } else if (line.type === "joined") {
    // Sent again with the same id, a message that was stored before is not stored twice.
    current ? send() : next();
  } else if (line.type === "message" && line.id === current?.id && line.user.id === me) {
    current = undefined;
    next();
  } else if (line.type === "error") {
    if (!["rate_limited", "storage"].includes(line.code)) throw new Error(line.message);
    setTimeout(line.ref === room ? join : send, line.retry ?? 1000);
  }
}

function connect() {
  socket = new WebSocket(url, "hubbub.v1", { headers: { authorization } });
  socket.on("message", (frame) => `${frame}`.split("\n").map(JSON.parse).forEach(receive));
  socket.on("error", ({ message }) => console.error(message));
  socket.on("close", (code) => code === 1000 || setTimeout(connect, 500 + 2000 * Math.random()));
}

connect();

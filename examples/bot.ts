/**
 * A bot that answers "!ping" with "pong": every time, and never twice.
 *
 *     BOT_SECRET=swordfish deno run --allow-net --allow-env examples/bot.ts ws://localhost:8000/ws lobby
 */
import { frameLines, parseLine, printLine, PROTOCOL } from "../protocol/mod.ts";
import type { Command, Message, ServerLine } from "../protocol/mod.ts";

const NAME = "pingbot";
const [url = "ws://localhost:8000/ws", room = "lobby"] = Deno.args;
// With a name and a secret, the bot is the same person on each connection.
const authorization = `Basic ${btoa(`${NAME}:${Deno.env.get("BOT_SECRET") ?? "swordfish"}`)}`;

let store = ""; // The data that the server has. With other data, all that follows means nothing.
let seen: number | undefined; // Every message up to this `seq` was read.
let newest = 0; // The newest message received: beyond `seen` while there is a gap.
const pending = new Set<string>(); // The ids of answers that were not acknowledged.

function connect(): void {
  let upToDate = false;
  const socket = new WebSocket(url, { protocols: [PROTOCOL], headers: { authorization } });
  const tell = (command: Command) => socket.readyState === 1 && socket.send(printLine(command));
  const answer = (id: string) => tell({ type: "send", room, id, text: "pong" });
  const read = ({ seq, id, user, text }: Message) => {
    newest = Math.max(newest, seq);
    if (upToDate) seen = newest;
    if (user.name === NAME) pending.delete(id);
    else if (text.trim() === "!ping" && seen !== undefined) {
      // The same id for the same question: the server stores the answer once, whatever happens.
      pending.add(`pong-${seq}`);
      answer(`pong-${seq}`);
    }
  };
  const receive = (line: ServerLine) => {
    if (line.type === "hello") {
      if (line.store !== store) [seen, newest] = [undefined, 0];
      if (line.store !== store) pending.clear();
      store = line.store;
      tell({ type: "join", room, ...(seen !== undefined && { after: seen }) });
    } else if (line.type === "message") read(line);
    else if (line.type === "joined" || line.type === "history") {
      line.messages.forEach(read);
      upToDate = seen === undefined || !line.more;
      seen = upToDate ? newest : line.messages.at(-1)?.seq ?? seen;
      if (upToDate) pending.forEach(answer);
      else tell({ type: "history", room, after: seen ?? 0, limit: 200 });
    } else if (line.type === "error") {
      const { ref = "", retry = 1000 } = line;
      if (pending.has(ref)) setTimeout(() => answer(ref), retry);
      else socket.close(); // The room can't be read, for example: connect again.
    }
  };
  socket.onmessage = ({ data }) =>
    frameLines(data).map(parseLine).forEach((line) => line && receive(line));
  socket.onclose = () => setTimeout(connect, 500 + 2000 * Math.random());
}

connect();

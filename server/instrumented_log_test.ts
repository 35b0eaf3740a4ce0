import { InstrumentedLog } from "./instrumented_log.ts";
import type { Draft, LogEntry, MessageLog } from "../hub/message_log.ts";
import { openLocalState } from "../state/local.ts";
import { LocalLog } from "../state/local_log.ts";
import { assertEquals } from "../testing/assert.ts";

const USER = { id: "ann", name: "Ann" };

function draft(id: string): Draft {
  return { room: "lobby", id, user: USER, text: id, origin: undefined };
}

/** Appends batches to a log. Resolves to the types of its entries and the events that were logged. */
async function run(
  inner: MessageLog,
  batches: Draft[][],
): Promise<{ log: InstrumentedLog<unknown>; types: string[]; events: string[] }> {
  const events: string[] = [];
  const log = new InstrumentedLog(inner, (event) => void events.push(event));
  const types: string[] = [];
  const reading = (async () => {
    for await (const entries of log.entries) types.push(...entries.map(({ type }) => type));
  })();
  for (const batch of batches) log.append(batch);
  await log[Symbol.asyncDispose]();
  await reading;
  return { log, types, events };
}

Deno.test("InstrumentedLog counts messages and batches, but not duplicates", async () => {
  using store = openLocalState({ path: ":memory:", sync: "full" });
  const batches = [[draft("a"), draft("b")], [draft("a")], [draft("c")]];
  const { log, types, events } = await run(store.messages, batches);
  assertEquals(types, ["message", "message", "duplicate", "message"]);
  assertEquals([log.messages, log.failures, events], [3, 0, []]);
  assertEquals(log.batches.counts.slice(0, 2), [2, 1]);
  assertEquals(log.commits.counts.reduce((sum, count) => sum + count), 3);
});

Deno.test("InstrumentedLog counts refused messages by the reason", async () => {
  using store = openLocalState({ path: ":memory:", sync: "full" });
  const author = { id: "bob", name: "Bob" };
  const init = LocalLog.open(store.state);
  init.append([
    { type: "name", person: "ann", name: "Ann", key: "ann", used: 1 },
    { type: "message", room: "lobby", id: "first", user: USER, text: "first" },
    { type: "role", person: "ann", role: "admin" },
    { type: "mute", person: author.id, by: "ann" },
  ], () => {});
  const muted = ["a", "b"].map((id) => ({ ...draft(id), user: author }));
  const { log, types } = await run(store.messages, [[...muted, draft("c")]]);
  assertEquals(types, ["refused", "refused", "message"]);
  const counted = [...log.refusals].filter(([, count]) => count > 0);
  assertEquals([counted, log.messages, log.failures], [[["muted", 2]], 1, 0]);
});

/** A log of which every entry is given. */
function scripted(entries: LogEntry[][]): MessageLog {
  return {
    append() {},
    entries: (async function* () {
      yield* entries;
    })(),
    read: () => Promise.reject(new Error("unused")),
    rooms: () => Promise.resolve([]),
    roomCount: 0,
    healthy: true,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

Deno.test("InstrumentedLog logs the first of consecutive failures, and the recovery", async () => {
  const failed: LogEntry = {
    type: "failed",
    draft: draft("a"),
    error: new Error("disk full"),
    origin: undefined,
  } as LogEntry;
  const message: LogEntry = {
    type: "message",
    message: { room: "lobby", seq: 1, id: "a", user: USER, text: "a", at: 1 },
  } as LogEntry;
  const { log, events } = await run(
    scripted([[failed, failed], [failed], [message, message], [failed]]),
    [],
  );
  assertEquals(events, [
    "messages can't be stored",
    "messages can be stored again",
    "messages can't be stored",
  ]);
  assertEquals([log.messages, log.failures], [2, 4]);
});

// deno-lint-ignore-file no-console -- a tool talks on the console
/**
 * Measures the search: making the index of many messages, finding in them, and a quiet pair beside people who search. Of
 * 100 private rooms, a person who searches may read one.
 *
 * `deno task bench:search [MESSAGES]`
 *
 * @module
 */
import { join } from "node:path";
import { newHiddenRoom } from "../protocol/addresses.ts";
import { SearchEngine } from "../server/search/engine.ts";
import { IndexFile } from "../server/search/index_file.ts";
import { INDEX_ENDING } from "../server/search/search.ts";
import { openLocalState } from "../state/local.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { QuietPair } from "./quiet_pair.ts";

const MESSAGES = Number(Deno.args[0] ?? 1_000_000);
const ROOMS = 100;
const BATCH = 20_000;
/** The searches of each kind. */
const SEARCHES = 200;
const WORDS = 50_000;
const SIGNS = 3000;
/** The share of messages in Chinese. */
const CHINESE = 0.3;
const SEARCHERS = 20;
/** The time between two searches of one person, in ms: four a second. */
const EVERY_MS = 250;
const PAIR_MS = 20_000;
const LIMIT = 50;
const SEARCH_MS = 200;

let seed = 1;

/** A number from 0 to 1, the same in each run. */
function random(): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
  return seed / 0x80000000;
}

/** A rank of a few that are frequent and many that are rare, as words are. */
function rank(count: number): number {
  return Math.floor(Math.exp(random() * Math.log(count))) - 1;
}

/** The word of a rank: consonants and vowels in turns. */
function wordOf(rank: number): string {
  let word = "";
  for (let n = rank + 7; n > 0; n = Math.floor(n / 20)) {
    word += "bcdfghjklmnpqrstvwxz"[n % 20] ?? "";
    word += "aeiou"[(n >> 2) % 5] ?? "";
  }
  return word;
}

function signOf(rank: number): string {
  return String.fromCodePoint(0x4e00 + 5 * rank);
}

function someText(): string {
  const length = 4 + Math.floor(random() * 14);
  return random() < CHINESE
    ? Array.from({ length: 2 * length }, () => signOf(rank(SIGNS))).join("")
    : Array.from({ length }, () => wordOf(rank(WORDS))).join(" ");
}

/** The searches of each kind. */
const KINDS: Record<string, () => string> = {
  "rare word": () => wordOf(20_000 + Math.floor(random() * 20_000)),
  "common word": () => wordOf(Math.floor(random() * 20)),
  "two common words": () => `${wordOf(rank(50))} ${wordOf(rank(50))}`,
  "Chinese pair": () => signOf(rank(200)) + signOf(rank(200)),
  "Chinese sign": () => signOf(rank(SIGNS)),
  "phrase": () => `"${wordOf(rank(30))} ${wordOf(rank(30))}"`,
  "long phrase": () =>
    `"${wordOf(rank(10))} ${wordOf(rank(10))} ${wordOf(rank(10))} ${wordOf(rank(10))}"`,
  "beginning of two": () => `${wordOf(rank(WORDS)).slice(0, 2)}*`,
  "beginning of four": () => `${wordOf(rank(WORDS)).slice(0, 4)}*`,
  "author": () => "from:ann",
};

/** Makes the messages. Returns the room that Ann may read. */
function fill(path: string): string {
  using local = openLocalState({ path, sync: "normal" });
  const { state } = local;
  const at = Date.now() - MESSAGES * 1000;
  const rooms = Array.from({ length: ROOMS }, () => newHiddenRoom());
  const people = ["ann", "bob"].map((name) => ({ id: `id-of-${name}`, name }));
  for (const { id, name } of people) {
    state.append([{ type: "name", person: id, name, key: name, used: at }], at);
  }
  for (const [i, room] of rooms.entries()) {
    const by = people[i === 7 ? 0 : 1]?.id ?? "";
    state.append([{
      ...{ type: "room_made", room, kind: "private", title: `Room ${i}`, topic: "" },
      ...{ history: "all", people: [], by },
    }], at);
  }
  const [own = ""] = rooms.slice(7, 8);
  state.append([{ type: "room_member", room: own, person: "id-of-bob", by: "id-of-ann" }], at);
  for (let n = 0; n < MESSAGES; n += BATCH) {
    const events = Array.from({ length: Math.min(BATCH, MESSAGES - n) }, (_, i) => {
      const room = rooms[(n + i) % ROOMS] ?? "";
      const user = people[room === own && random() < 0.1 ? 0 : 1] ?? { id: "", name: "" };
      return { type: "message" as const, room, id: `m${n + i}`, user, text: someText() };
    });
    state.append(events, at + n * 1000);
  }
  return own;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}

const folder = await Deno.makeTempDir({ prefix: "hubbub-search-" });
try {
  const path = join(folder, "chat.db");
  fill(path);
  const figures: Record<string, unknown> = { messages: MESSAGES };
  {
    using local = openLocalState({ path, sync: "normal" });
    const { db } = local.state.database;
    const engine = new SearchEngine(db, IndexFile.make(path + INDEX_ENDING));
    const start = performance.now();
    while (engine.step(100).more);
    figures.indexingUs = rounded((performance.now() - start) * 1000 / MESSAGES);
    figures.dataMB = Math.round(Deno.statSync(path).size / 1e6);
    figures.indexMB = Math.round(Deno.statSync(path + INDEX_ENDING).size / 1e6);
    for (const [kind, make] of Object.entries(KINDS)) {
      const times: number[] = [];
      let found = 0;
      for (let i = 0; i < SEARCHES; i++) {
        const text = make();
        const begin = performance.now();
        const result = engine.find({ person: "id-of-ann", text, limit: LIMIT }, SEARCH_MS);
        times.push(performance.now() - begin);
        if (result !== "invalid") found += result.messages.length;
      }
      figures[kind] = {
        p50: rounded(percentile(times, 0.5)),
        p95: rounded(percentile(times, 0.95)),
        most: rounded(Math.max(...times)),
        found: rounded(found / SEARCHES),
      };
    }
    engine[Symbol.dispose]();
  }
  await using hubbub = await Hubbub.start(["--data", path]);
  const crowd = await Promise.all(
    Array.from(
      { length: SEARCHERS },
      (_, i) => ChatClient.open(hubbub.port, basic(`searcher${i}:a secret of ${i}`)),
    ),
  );
  using pair = await QuietPair.open(hubbub.port, "quiet");
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  // The index is made again for the server, which has not seen this one.
  while (
    !/^hubbub_search_behind_messages 0$/m.test(await metrics(hubbub.port)) ||
    !/result="answered"} [1-9]/.test(await metrics(hubbub.port))
  ) {
    crowd[0]?.send({ type: "search", text: "x", id: "x" });
    await wait(1000);
  }
  figures.quietPairAlone = await pair.measure(() => wait(PAIR_MS).then(() => {}));
  const kinds = Object.values(KINDS);
  const timers = crowd.map((client, i) =>
    setInterval(() => {
      client.send({ type: "search", text: kinds[i % kinds.length]?.() ?? "", limit: LIMIT });
    }, EVERY_MS)
  );
  figures.quietPairBesideSearchers = await pair.measure(() => wait(PAIR_MS).then(() => {}));
  for (const timer of timers) clearInterval(timer);
  figures.searches = /^hubbub_searches_total.*$/gm.exec(await metrics(hubbub.port))?.[0];
  for (const client of crowd) await client[Symbol.asyncDispose]();
  console.log(JSON.stringify(figures, null, 2));
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function metrics(port: number): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

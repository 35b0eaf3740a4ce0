/** Edited and deleted texts, in any order and of any length, are gone from the file, later backups and exports. */
import { backup } from "../archive/backup.ts";
import { readArchive } from "../archive/state.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { pick, type Random, seeded } from "../testing/random.ts";
import { appendOne } from "./event_log.ts";
import type { Event } from "./events.ts";
import { LocalLog } from "./local_log.ts";
import { openLocalState } from "./local.ts";

const ROOMS = ["red", "green", "blue"];
const PEOPLE = ["p1", "p2", "p3"];
const MESSAGES = 1500;
/** Texts up to this many times the marker: some fill several pages of the file. */
const LENGTHS = [1, 1, 1, 2, 5, 20, 200, 600];

/** A text that no other one has a part of, so that any part that is left of it is found. */
class Texts {
  readonly kept = new Set<string>();
  readonly gone = new Set<string>();
  #count = 0;

  make(random: Random): string {
    const marker = `<${(this.#count++).toString(36).padStart(4, "0")}>`;
    this.kept.add(marker);
    return marker.repeat(pick(random, LENGTHS));
  }

  forget(text: string): void {
    const marker = text.slice(0, 6);
    this.kept.delete(marker);
    this.gone.add(marker);
  }
}

Deno.test("texts that were edited or deleted are nowhere in the file, a backup or an export", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  const random = seeded(17);
  const texts = new Texts();
  {
    using store = openLocalState({ path, sync: "normal" });
    await using log = LocalLog.open(store.state);
    const messages: { room: string; seq: number; person: string; text: string }[] = [];
    const lasts = new Map(ROOMS.map((room) => [room, 0]));
    for (let i = 0; i < MESSAGES; i += 10) {
      const sent = Array.from({ length: 10 }, () => {
        const [room, person] = [pick(random, ROOMS), pick(random, PEOPLE)];
        const seq = (lasts.get(room) ?? 0) + 1;
        lasts.set(room, seq);
        return { room, seq, person, text: texts.make(random) };
      });
      messages.push(...sent);
      await append(
        log,
        sent.map(({ room, person, text, seq }): Event => ({
          ...{ type: "message", room, id: `${room}-${seq}`, text },
          user: { id: person, name: person },
        })),
      );
      for (let change = 0; change < 6; change++) {
        const message = pick(random, messages);
        if (message.text === "") continue;
        const { room, seq, person } = message;
        texts.forget(message.text);
        if (random() < 0.3) {
          message.text = "";
          await appendOne(log, { type: "delete", room, seq, person });
        } else {
          message.text = texts.make(random);
          const id = `e${i}-${change}`;
          const event = { type: "edit", room, seq, id, person, text: message.text } as const;
          assertEquals((await appendOne(log, event)).type, "revised");
        }
      }
    }
    assert(store.state.database.truncation.now());
    assertEquals(left([path, `${path}-wal`], texts.gone), []);
    await backup(store.state.database, `${folder.path}/backup.db`);
    await Deno.writeTextFile(
      `${folder.path}/export`,
      [...readArchive(store.state.database)].map((line) => JSON.stringify(line)).join("\n"),
    );
  }
  const files = [...Deno.readDirSync(folder.path)].map(({ name }) => `${folder.path}/${name}`);
  assert(files.length >= 3, `${files}`);
  assertEquals(left(files, texts.gone), []);
  // The same search finds the texts that remain.
  assertEquals(left([path], texts.kept).length, texts.kept.size);
  assert(texts.gone.size > MESSAGES / 3);
});

function append(log: LocalLog, events: Event[]): Promise<void> {
  return new Promise((resolve, reject) =>
    log.append(events, (result) => result instanceof Error ? reject(result) : resolve())
  );
}

/** The markers that are found in files. */
function left(files: readonly string[], markers: ReadonlySet<string>): string[] {
  const found = new Set<string>();
  for (const file of files) {
    const bytes = new TextDecoder("latin1").decode(Deno.readFileSync(file));
    for (const [marker] of bytes.matchAll(/<[0-9a-z]{4}>/g)) {
      if (markers.has(marker)) found.add(marker);
    }
  }
  return [...found];
}

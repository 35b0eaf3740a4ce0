/**
 * Torture: a crowd talks and its connections are cut, while the servers are killed again and again.
 *
 * @module
 */
import { parseArchiveLine } from "../archive/format.ts";
import type { Message } from "../protocol/mod.ts";
import { delay } from "../lib/std.ts";
import { assert, assertEquals } from "./assert.ts";
import { Crowd } from "./crowd.ts";
import { runHubbub } from "./hubbub.ts";
import { pick, type Random, seeded } from "./random.ts";

/** A chat, of one server or many, that can be killed. */
export interface Victim extends AsyncDisposable {
  /** Where a client that comes now may find it. */
  port(random: Random): number;
  /** Kills some of it, and sees to it that it runs again, now or soon. */
  kill(random: Random): Promise<void>;
  /** Resolves when all of it runs. */
  healed(): Promise<void>;
  /** Ends it in peace; resolves with what `hubbub export` then prints. */
  end(): Promise<string>;
}

const PEOPLE = 20;
const ROOMS = ["red", "green", "blue"];
/** How many messages each keeps under way. */
const UNDER_WAY = 16;
/** The longest time between two kills, in ms. */
const LIFE_MS = 1500;
/** Between two cuts of a connection, in ms. */
const CUT_MS = 100;
/** After how long clients try again what was refused with `storage`, in ms. */
const RETRY_MS = 200;
/** How long all may take to agree at the end: long, since it is only waited for in vain. */
const PATIENCE_MS = 60_000;

/**
 * A test that tortures what `start` starts. It kills `kills` times, or as often as the variable
 * HUBBUB_TORTURE_KILLS says; HUBBUB_TORTURE_SEED repeats the choices of a former run, though how they
 * fall in time is another matter.
 */
export function tortureTest(
  { what, kills: usual, ignore = false, start }: {
    what: string;
    kills: number;
    ignore?: boolean;
    start(): Promise<Victim>;
  },
): void {
  const kills = Number(Deno.env.get("HUBBUB_TORTURE_KILLS") ?? usual);
  const seed = Number(
    Deno.env.get("HUBBUB_TORTURE_SEED") ?? Math.floor(Math.random() * 2 ** 32),
  );
  Deno.test({
    name:
      `what was acknowledged outlives ${kills} kills of ${what}, once, for all the same (seed ${seed})`,
    ignore,
    fn: async (t) => {
      const random = seeded(seed);
      await using victim = await start();
      await using crowd = new Crowd({
        ...{ size: PEOPLE, rooms: ROOMS, random, retryMs: RETRY_MS },
        port: () => victim.port(random),
      });
      const cuts = await torment(crowd, victim, { kills, random });
      const messages = checkStored(crowd, await victim.end());
      const { connections } = crowd;
      await t.step(
        `${messages} messages, ${kills} kills, ${cuts} cuts, ${connections} connections`,
        () => assert(messages > kills * PEOPLE && connections > PEOPLE + 1),
      );
    },
  });
}

/** Lasts until all agree again; the number of cuts. */
async function torment(
  crowd: Crowd,
  victim: Victim,
  { kills, random }: { kills: number; random: Random },
): Promise<number> {
  await crowd.enter();
  crowd.talk(UNDER_WAY);
  let cuts = 0;
  for (let kill = 0; kill < kills; kill++) {
    const end = performance.now() + random() * LIFE_MS;
    while (performance.now() < end) {
      await crowd.unbroken(delay(random() * CUT_MS));
      pick(random, crowd.people).cut();
      cuts++;
    }
    await crowd.unbroken(victim.kill(random));
  }
  await crowd.unbroken(victim.healed());
  crowd.talk(0);
  await crowd.until(() => crowd.agreed, PATIENCE_MS);
  // Somebody who comes only now reads the same.
  await crowd.add("late").enter();
  await crowd.until(() => crowd.agreed, PATIENCE_MS);
  return cuts;
}

/**
 * What is in an archive is what the crowd said, each message once, and what it saw; rooms have no
 * holes. Returns how many messages that are.
 */
export function checkStored({ said, ledger }: Crowd, archive: string): number {
  const rooms = Map.groupBy(messagesIn(archive), ({ room }) => room);
  for (const [room, messages] of rooms) {
    assertEquals(messages.map(({ seq }) => seq), messages.map((_, i) => i + 1));
    for (const message of messages) ledger.see(message);
    assertEquals(ledger.size(room), messages.length);
  }
  const stored = rooms.values().toArray().flat();
  assertEquals(
    stored.map(({ room, user, id, text }) => [room, user.id, id, text].join(" ")).toSorted(),
    said.toSorted(),
  );
  return stored.length;
}

function messagesIn(archive: string): Message[] {
  return archive.trimEnd().split("\n").map(parseArchiveLine)
    .filter((line) => line.type === "message");
}

/** What `hubbub export` prints with these flags. */
export async function exportAll(flags: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runHubbub(["export", ...flags]);
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

/** A server logs its start and end, connections and slow commits, and otherwise only what is `also` there. */
export function checkLog(stderr: string, also: readonly string[] = []): void {
  const usual = ["start", "stop", "commit slow", "client in", "client out", "client dropped"];
  const events = [...usual, ...also].join("|");
  const isUsual = new RegExp(`^\\{"at":"[^"]+","event":"(${events})"`);
  assertEquals(stderr.split("\n").slice(0, -1).filter((line) => !isUsual.test(line)), []);
}

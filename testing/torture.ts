/**
 * Torture: a crowd sends messages and its connections are cut, while servers are killed many times.
 *
 * @module
 */
import { delay } from "../lib/std.ts";
import { assert, assertEquals } from "./assert.ts";
import { checkStored } from "./check_stored.ts";
import { TestCrowd } from "./test_crowd.ts";
import { runHubbub } from "./hubbub.ts";
import { pick, type Random, seeded } from "./random.ts";

/** A chat, of one server or many, that can be killed. */
export interface Target extends AsyncDisposable {
  /** Returns the port of a server that a client may connect to now. */
  port(random: Random): number;
  /** Kills a part of it, and makes sure that it runs again, now or soon. */
  kill(random: Random): Promise<void>;
  /** Resolves when all of it runs. */
  recovered(): Promise<void>;
  /** Ends it with SIGTERM; resolves to what `hubbub export` then prints. */
  end(): Promise<string>;
}

const PEOPLE = 20;
const ROOMS = ["red", "green", "blue"];
/** The number of messages that each keeps in flight. */
const IN_FLIGHT = 16;
/** That beside changes: of fewer messages more are changed. */
const IN_FLIGHT_CHANGED = 2;
/** The longest time between two kills, in ms. */
const LIFE_MS = 1500;
/** Between two cuts of a connection, in ms. */
const CUT_MS = 100;
/** Clients send what was refused with `storage` again after so long, in ms. */
const RETRY_MS = 200;
/**
 * The time that all may take to agree at the end, in ms: long, since only a failure waits for it.
 */
const PATIENCE_MS = 60_000;

/**
 * A test that tortures what `start` starts. It kills `kills` times, or as often as the variable
 * HUBBUB_TORTURE_KILLS says. HUBBUB_TORTURE_SEED repeats the choices of an earlier run, but not
 * their timing.
 */
export function tortureTest(
  { what, kills: usual, changes = 0, ignore = false, start }: {
    what: string;
    kills: number;
    /** The number of changes that each keeps in flight. */
    changes?: number;
    ignore?: boolean;
    start(): Promise<Target>;
  },
): void {
  const kills = Number(Deno.env.get("HUBBUB_TORTURE_KILLS") ?? usual);
  const seed = Number(
    Deno.env.get("HUBBUB_TORTURE_SEED") ?? Math.floor(Math.random() * 2 ** 32),
  );
  Deno.test({
    name: `the program keeps ${
      changes === 0 ? "what" : "the messages and changes that"
    } it acknowledged once and in one order over ${kills} kills of ${what} (seed ${seed})`,
    ignore,
    fn: async (t) => {
      const random = seeded(seed);
      await using target = await start();
      await using crowd = new TestCrowd({
        ...{ size: PEOPLE, rooms: ROOMS, random, retryMs: RETRY_MS },
        port: () => target.port(random),
      });
      const cuts = await torture(crowd, target, { kills, changes, random });
      const archive = await target.end();
      const { messages, changes: changed } = checkStored(crowd, archive);
      const { connections } = crowd;
      await t.step(
        `${messages} messages, ${changed} changes, ${kills} kills, ${cuts} cuts, ${connections} connections`,
        () =>
          assert(
            messages > kills * PEOPLE && connections > PEOPLE + 1 &&
              (changes === 0 || changed > kills * PEOPLE),
          ),
      );
    },
  });
}

/** Tortures until all agree again, and returns the number of cuts. */
async function torture(
  crowd: TestCrowd,
  target: Target,
  { kills, changes, random }: { kills: number; changes: number; random: Random },
): Promise<number> {
  await crowd.connect();
  crowd.keepSending(changes === 0 ? IN_FLIGHT : IN_FLIGHT_CHANGED, changes);
  let cuts = 0;
  for (let kill = 0; kill < kills; kill++) {
    const before = crowd.progress;
    const end = performance.now() + random() * LIFE_MS;
    while (performance.now() < end) {
      await crowd.unbroken(delay(random() * CUT_MS));
      pick(random, crowd.clients).disconnect();
      cuts++;
    }
    // On a busy machine, so much may take longer than the time until the kill.
    await crowd.until(() => {
      const { messages, changes: changed } = crowd.progress;
      return messages > before.messages + PEOPLE &&
        (changes === 0 || changed > before.changes + PEOPLE);
    }, PATIENCE_MS);
    await crowd.unbroken(target.kill(random));
  }
  await crowd.unbroken(target.recovered());
  crowd.keepSending(0);
  await crowd.until(() => crowd.agreed, PATIENCE_MS);
  // Somebody who comes only now reads the same.
  await crowd.add("late").connect();
  await crowd.until(() => crowd.agreed, PATIENCE_MS);
  return cuts;
}

/** Returns what `hubbub export` prints with these flags. */
export async function exportAll(flags: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runHubbub(["export", ...flags]);
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

/**
 * Checks that a log has only the usual events of a server, its start and end, connections and slow
 * commits, and those in `also`.
 */
export function checkLog(stderr: string, also: readonly string[] = []): void {
  const usual = ["start", "stop", "commit slow", "client in", "client out", "client dropped"];
  const events = [...usual, ...also].join("|");
  const isUsual = new RegExp(`^\\{"at":"[^"]+","event":"(${events})"`);
  assertEquals(stderr.split("\n").slice(0, -1).filter((line) => !isUsual.test(line)), []);
}

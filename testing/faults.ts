/**
 * Faults around a server that begin and end while it runs: nobody reads its log, its folder is away, its
 * disk is full, its clock is wrong.
 *
 * @module
 */
import { join } from "node:path";
import { delay } from "../lib/std.ts";
import { DAY_MS } from "../lib/time.ts";
import { browser } from "./chat_client.ts";
import { smallDisk } from "./disk.ts";
import { temporaryFolder } from "./folder.ts";
import { type Hubbub, type Runtime, SOURCE } from "./hubbub.ts";
import { RawSocket } from "./raw_socket.ts";

/** A fault that can begin and end many times. Disposing removes its files. */
export interface Fault extends AsyncDisposable {
  /** Flags for servers with this fault, and the way to start them. */
  readonly flags: readonly string[];
  readonly runtime: Runtime;
  /** Whether the chat continues in spite of it; else it answers 503. */
  readonly serves: boolean;
  /** Whether it lasts for the whole time of a test, in place of coming and going. */
  readonly lasts?: boolean;
  /** Moves the servers' clock by so many days, where it can be moved. */
  setClock?(days: number): Promise<void>;
  /** Begins; resolves when the server shows it. */
  begin(hubbub: Hubbub): Promise<void>;
  /** Ends; resolves when it is over, which the server may notice later. */
  end(hubbub: Hubbub): Promise<void>;
}

/** Between two looks at a server, in ms. */
const LOOK_MS = 50;
/** The longest that a server may take to show a fault or its end, in ms. */
const PATIENCE_MS = 60_000;

/** Asks again and again until something holds. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!await condition()) {
    if (performance.now() > end) throw new Error(`Waited too long for ${condition}`);
    await delay(LOOK_MS);
  }
}

/** The data folder is renamed, and gets its name back. */
export async function folderAway(): Promise<Fault> {
  const folder = await temporaryFolder();
  const data = join(folder.path, "data");
  await Deno.mkdir(data);
  return {
    flags: ["--data", join(data, "chat.db")],
    runtime: SOURCE,
    serves: false,
    async begin(hubbub) {
      await Deno.rename(data, `${data}-away`);
      await eventually(async () => await hubbub.health() === 503);
    },
    end: () => Deno.rename(`${data}-away`, data),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Something else fills the disk, and is removed. */
export async function fullDisk(size: string): Promise<Fault> {
  const disk = await smallDisk(size);
  return {
    flags: ["--data", join(disk.path, "chat.db")],
    runtime: SOURCE,
    serves: false,
    async begin(hubbub) {
      // SQLite's files have some room to spare, which others use up before it does.
      await eventually(async () => {
        await disk.fill();
        return await hubbub.health() === 503;
      });
    },
    end: () => disk.free(),
    [Symbol.asyncDispose]: () => disk[Symbol.asyncDispose](),
  };
}

/** The program that reads the log is stopped, while more is logged than pipes and server hold. */
export async function stuckLog(): Promise<Fault> {
  const folder = await temporaryFolder();
  const pipe = join(folder.path, "log");
  await new Deno.Command("mkfifo", { args: [pipe] }).output();
  // Open for writing, too, so that it does not end with a server.
  const reader = new Deno.Command("sh", {
    args: ["-c", 'exec cat <>"$0"', pipe],
    stdout: "null",
  }).spawn();
  return {
    flags: ["--data", join(folder.path, "chat.db"), "--log", "json"],
    runtime: {
      name: "source, logging into a pipe",
      command: ["sh", "-c", 'exec "$@" 2>"$0"', pipe, ...SOURCE.command],
    },
    serves: true,
    lasts: true,
    async begin(hubbub) {
      reader.kill("SIGSTOP");
      const before = await droppedLines(hubbub);
      await eventually(async () => {
        for (let i = 0; i < 100; i++) {
          (await RawSocket.connect({ port: hubbub.port, path: "/ws" }))[Symbol.dispose]();
        }
        return await droppedLines(hubbub) > before;
      });
    },
    async end() {
      await Promise.resolve(reader.kill("SIGCONT"));
    },
    async [Symbol.asyncDispose]() {
      reader.kill("SIGKILL");
      await reader.status;
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function droppedLines(hubbub: Hubbub): Promise<number> {
  const metrics = await (await fetch(hubbub.url("/metrics"))).text();
  return Number(/^hubbub_log_lines_dropped_total (\d+)/m.exec(metrics)?.[1]);
}

/** The days by which {@linkcode wrongClock} is wrong: more than an unused name lasts. */
const WRONG_DAYS = 91;
/** A server reads its clock's error once in so many seconds: to read it each time would slow it down. */
const CLOCK_CACHE_SECONDS = 1;

/** The library that gives a program another clock: Debian's package `libfaketime`. */
export const fakeClockLibrary: string | undefined = await findFakeClock();

/** The clock goes 91 days ahead, and right again; a monotonic clock continues as it should. */
export async function wrongClock(): Promise<Fault> {
  const folder = await temporaryFolder();
  const file = join(folder.path, "clock");
  const setClock = async (days: number) => {
    await Deno.writeTextFile(`${file}.new`, `${days < 0 ? "" : "+"}${days}d\n`);
    await Deno.rename(`${file}.new`, file);
  };
  await setClock(0);
  /** A cookie has the time of its issue in seconds; the header `Date` does not follow a clock that goes back. */
  const isWrong = async ({ port }: Hubbub) => {
    const { cookie } = await browser(port);
    const issued = parseInt(cookie.split(".")[2] ?? "", 36) * 1000;
    return issued - Date.now() > (WRONG_DAYS - 1) * DAY_MS;
  };
  return {
    flags: ["--data", join(folder.path, "chat.db"), "--keep-days", "30"],
    runtime: {
      name: "source, with a clock of its own",
      command: [
        "env",
        `LD_PRELOAD=${fakeClockLibrary}`,
        `FAKETIME_TIMESTAMP_FILE=${file}`,
        `FAKETIME_CACHE_DURATION=${CLOCK_CACHE_SECONDS}`,
        "FAKETIME_DONT_FAKE_MONOTONIC=1",
        "NO_FAKE_STAT=1",
        ...SOURCE.command,
      ],
    },
    serves: true,
    setClock,
    async begin(hubbub) {
      await setClock(WRONG_DAYS);
      await eventually(() => isWrong(hubbub));
    },
    async end(hubbub) {
      await setClock(0);
      await eventually(async () => !await isWrong(hubbub));
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function findFakeClock(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  for await (const { name } of Deno.readDir("/usr/lib")) {
    const path = `/usr/lib/${name}/faketime/libfaketimeMT.so.1`;
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
}

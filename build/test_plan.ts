/**
 * The order in which the test files run: long ones first, so that none is left alone at the end, and
 * those that measure time or memory after the rest, alone.
 *
 * @module
 */

/** Test files that run in one process, one after another. */
export interface Job {
  /** The file, or the folder of all files. */
  readonly name: string;
  /** Paths relative to the root, with `/`. */
  readonly files: readonly string[];
  /** A guess of the duration, in seconds. */
  readonly seconds: number;
}

/** All jobs of a run. */
export interface Plan {
  /** Run side by side, in this order. */
  readonly shared: readonly Job[];
  /** Run one at a time when the others have ended. */
  readonly alone: readonly Job[];
}

/** The counts in the last line of `deno test`. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
}

/** Files that measure memory or speed: another test at the same time would disturb them. */
export const ALONE: readonly string[] = [
  "e2e/burst_test.ts",
  "e2e/linear_time_test.ts",
  "e2e/server_memory_test.ts",
];

/** The longest files, in seconds. A wrong figure costs some time, nothing else. */
export const SECONDS: Readonly<Record<string, number>> = {
  "e2e/soak_test.ts": 31,
  "e2e/abuse/handshaking_test.ts": 25,
  "e2e/abuse/reading_test.ts": 22,
  "e2e/abuse/opening_test.ts": 18,
  "e2e/abuse/joining_test.ts": 17,
  "e2e/faults_test.ts": 12,
  "e2e/servers_torture_test.ts": 46,
  "e2e/rooms_limits_test.ts": 26,
  "e2e/page/browser_test.ts": 43,
  "e2e/page/silence_test.ts": 41,
  "e2e/page/devices_test.ts": 30,
  "e2e/page/text_test.ts": 15,
  "e2e/page/trouble_test.ts": 32,
  "e2e/page/page_test.ts": 31,
  "e2e/page/password_test.ts": 31,
  "e2e/handshake_attacks_test.ts": 31,
  "bench/load_test.ts": 30,
  "e2e/client_test.ts": 30,
  "e2e/page/access_test.ts": 29,
  "e2e/limits_test.ts": 28,
  "e2e/page/restart_test.ts": 28,
  "ops/nats_test.ts": 24,
  "e2e/servers_test.ts": 22,
  "e2e/page/attention_test.ts": 20,
  "e2e/dev_test.ts": 20,
  "e2e/servers_outage_test.ts": 18,
  "nats/outage_test.ts": 16,
  "e2e/commands_test.ts": 15,
  "e2e/page/firefox_test.ts": 15,
  "nats/people_test.ts": 14,
  "hub/presence_test.ts": 14,
  "e2e/login_test.ts": 13,
  "e2e/torture_test.ts": 11,
  "e2e/torture_changes_test.ts": 9,
  "e2e/erasure_test.ts": 23,
  "e2e/servers_torture_changes_test.ts": 12,
  "e2e/nats_commands_test.ts": 11,
  "e2e/storage_test.ts": 11,
  "e2e/stuck_test.ts": 11,
  "e2e/page/attack_test.ts": 10,
  "e2e/rooms_test.ts": 9,
  "e2e/server_memory_test.ts": 9,
  "nats/presence_test.ts": 8,
  "build/compile_test.ts": 8,
  "e2e/certificate_test.ts": 8,
  "e2e/main_test.ts": 8,
  "ops/servers_test.ts": 7,
  "e2e/examples_test.ts": 7,
  "bench/server_process_test.ts": 6,
  "static/text_test.ts": 6,
};

/** Each file in these folders is a job: it starts programs, and may take long. */
const LARGE = new Set(["bench", "build", "e2e", "nats", "ops"]);
const LARGE_SECONDS = 8;
const SMALL_SECONDS = 0.5;

/** Makes jobs of test files: one a file where they are large, else one a folder. */
export function planTests(files: readonly string[]): Plan {
  const jobs = Map.groupBy(files, (file) => {
    const [folder = ""] = file.split("/");
    return LARGE.has(folder) || ALONE.includes(file) ? file : folder;
  });
  const sorted = [...jobs].map(([name, files]): Job => {
    const seconds = files.reduce((sum, file) => sum + secondsOf(file), 0);
    return { name, files: files.toSorted(), seconds };
  }).sort((a, b) => b.seconds - a.seconds);
  const { alone = [], shared = [] } = Object.groupBy(
    sorted,
    ({ name }) => ALONE.includes(name) ? "alone" : "shared",
  );
  return { shared, alone };
}

function secondsOf(file: string): number {
  return SECONDS[file] ?? (LARGE.has(file.split("/")[0] ?? "") ? LARGE_SECONDS : SMALL_SECONDS);
}

/** Reads the counts that `deno test` prints at its end without colors; undefined if there are none. */
export function readCounts(output: string): Counts | undefined {
  const [last] = [...output.matchAll(
    /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/gm,
  )].slice(-1);
  if (last === undefined) return undefined;
  const [, passed, failed, ignored = 0] = last;
  return { passed: Number(passed), failed: Number(failed), ignored: Number(ignored) };
}

/** Lists the tests that failed, from the output of `deno test` without colors. */
export function failedTests(output: string): string[] {
  return Array.from(
    output.matchAll(/^(\S.*) \.\.\. FAILED(?: \(.*\))?$/gm),
    ([, name = ""]) => name,
  );
}

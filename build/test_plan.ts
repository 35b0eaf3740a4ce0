/**
 * The order in which the test files run: long ones first, so that none is left alone at the end; those that only wait
 * beside them; and those that measure time or memory after the rest, alone.
 *
 * @module
 */

/** Test files that run in one process, one after another; they share their modules and globals. */
export interface Job {
  /** The file, or the folder of the files, with a number if they are some of several. */
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
  /** Run one at a time, in this order, besides those. */
  readonly waiting: readonly Job[];
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

/**
 * Files of many seconds that leave the processor to others for three fifths of them or more: they wait for time limits,
 * for servers of NATS to give each other up, or for the disk.
 */
export const WAITING: readonly string[] = [
  "bench/load_test.ts",
  "e2e/abuse/reading_test.ts",
  "e2e/erasure_test.ts",
  "e2e/faults_test.ts",
  "e2e/handshake_attacks_test.ts",
  "e2e/limits_test.ts",
  "e2e/login_bodies_test.ts",
  "e2e/memberships_test.ts",
  "e2e/page/silence_test.ts",
  "e2e/search_test.ts",
  "e2e/servers_outage_test.ts",
  "e2e/servers_test.ts",
  "e2e/servers_wrong_copy_test.ts",
  "e2e/soak_test.ts",
  "nats/cluster_test.ts",
  "nats/emptied_log_test.ts",
  "nats/outage_test.ts",
  "nats/people_test.ts",
  "nats/presence_test.ts",
  "nats/state_comparison_test.ts",
];

/** Large files that leave something behind in their process which others can't do with. */
export const UNSHARED: readonly string[] = ["bench/server_process_test.ts"];

/**
 * The seconds that each large file, and each small folder, of five or more took beside the others, on two cores. A wrong
 * figure costs some time, nothing else. From a log of all tests: `grep -oE '^[a-z0-9_/. ]+: [0-9.]+ s$'`; for files that
 * share a process from the times of their tests.
 */
export const SECONDS: Readonly<Record<string, number>> = {
  archive: 11,
  "bench/load_test.ts": 41,
  "bench/server_process_test.ts": 6,
  "e2e/abuse/commanding_test.ts": 22,
  "e2e/abuse/handshaking_test.ts": 17,
  "e2e/abuse/joining_test.ts": 27,
  "e2e/abuse/opening_test.ts": 18,
  "e2e/abuse/reading_test.ts": 25,
  "e2e/abuse/sending_test.ts": 10,
  "e2e/abuse/uploading_test.ts": 24,
  "e2e/account_deletion_test.ts": 10,
  "e2e/admin_test.ts": 7,
  "e2e/backup_document_test.ts": 6,
  "e2e/backup_files_test.ts": 21,
  "e2e/ban_test.ts": 11,
  "e2e/claim_test.ts": 13,
  "e2e/client_test.ts": 36,
  "e2e/commands_test.ts": 9,
  "e2e/data_file_test.ts": 25,
  "e2e/dev_test.ts": 13,
  "e2e/erasure_test.ts": 22,
  "e2e/examples_test.ts": 13,
  "e2e/faults_test.ts": 21,
  "e2e/files_end_test.ts": 7,
  "e2e/floods_test.ts": 8,
  "e2e/handshake_attacks_test.ts": 34,
  "e2e/invite_test.ts": 13,
  "e2e/limits_test.ts": 41,
  "e2e/linear_time_test.ts": 6,
  "e2e/login_bodies_test.ts": 22,
  "e2e/login_test.ts": 14,
  "e2e/main_test.ts": 15,
  "e2e/memberships_test.ts": 19,
  "e2e/message_removal_test.ts": 12,
  "e2e/metrics_test.ts": 6,
  "e2e/moved_links_test.ts": 7,
  "e2e/nats_commands_test.ts": 22,
  "e2e/network_ban_test.ts": 6,
  "e2e/page/access_test.ts": 20,
  "e2e/page/account_deletion_test.ts": 10,
  "e2e/page/admin_settings_test.ts": 16,
  "e2e/page/admin_test.ts": 15,
  "e2e/page/attack_test.ts": 10,
  "e2e/page/attention_test.ts": 15,
  "e2e/page/browser_test.ts": 34,
  "e2e/page/changes_devices_test.ts": 22,
  "e2e/page/changes_test.ts": 31,
  "e2e/page/changes_trouble_test.ts": 31,
  "e2e/page/claim_test.ts": 6,
  "e2e/page/design_test.ts": 21,
  "e2e/page/devices_test.ts": 34,
  "e2e/page/do_not_disturb_test.ts": 7,
  "e2e/page/drafts_test.ts": 6,
  "e2e/page/files_test.ts": 31,
  "e2e/page/firefox_test.ts": 18,
  "e2e/page/ignoring_test.ts": 13,
  "e2e/page/inbox_test.ts": 18,
  "e2e/page/invite_test.ts": 12,
  "e2e/page/keys_test.ts": 8,
  "e2e/page/locked_test.ts": 9,
  "e2e/page/markup_test.ts": 17,
  "e2e/page/memberships_test.ts": 21,
  "e2e/page/mentions_test.ts": 11,
  "e2e/page/moving_in_test.ts": 37,
  "e2e/page/page_test.ts": 28,
  "e2e/page/password_test.ts": 29,
  "e2e/page/pictures_test.ts": 8,
  "e2e/page/places_test.ts": 17,
  "e2e/page/previews_test.ts": 8,
  "e2e/page/private_rooms_test.ts": 29,
  "e2e/page/reports_test.ts": 18,
  "e2e/page/reset_test.ts": 12,
  "e2e/page/restart_test.ts": 15,
  "e2e/page/room_settings_test.ts": 18,
  "e2e/page/rooms_test.ts": 25,
  "e2e/page/search_test.ts": 10,
  "e2e/page/sessions_test.ts": 12,
  "e2e/page/silence_test.ts": 44,
  "e2e/page/text_test.ts": 19,
  "e2e/page/trouble_test.ts": 12,
  "e2e/preview_pictures_test.ts": 5,
  "e2e/private_room_timing_test.ts": 11,
  "e2e/private_rooms_test.ts": 16,
  "e2e/protocol_transcript_test.ts": 10,
  "e2e/reset_test.ts": 16,
  "e2e/rooms_limits_test.ts": 19,
  "e2e/rooms_test.ts": 7,
  "e2e/rotate_keys_test.ts": 8,
  "e2e/search_test.ts": 20,
  "e2e/served_files_test.ts": 8,
  "e2e/servers_files_test.ts": 27,
  "e2e/servers_lost_log_test.ts": 17,
  "e2e/servers_outage_test.ts": 24,
  "e2e/servers_presence_test.ts": 10,
  "e2e/servers_reset_test.ts": 22,
  "e2e/servers_test.ts": 39,
  "e2e/servers_torture_changes_test.ts": 40,
  "e2e/servers_torture_test.ts": 42,
  "e2e/servers_wrong_copy_test.ts": 25,
  "e2e/sessions_test.ts": 11,
  "e2e/slow_room_test.ts": 8,
  "e2e/soak_test.ts": 33,
  "e2e/storage_test.ts": 8,
  "e2e/stuck_log_test.ts": 7,
  "e2e/stuck_test.ts": 17,
  "e2e/torture_changes_test.ts": 9,
  "e2e/torture_test.ts": 19,
  "e2e/wrong_setting_test.ts": 6,
  hub: 12,
  "hub_test.ts": 7,
  "nats/cluster_test.ts": 9,
  "nats/emptied_log_test.ts": 56,
  "nats/outage_test.ts": 17,
  "nats/people_test.ts": 23,
  "nats/presence_test.ts": 9,
  "nats/state_comparison_test.ts": 10,
  "ops/nats_test.ts": 15,
  "ops/servers_test.ts": 9,
  people: 12,
  server: 16,
  state: 24,
  static: 12,
};

/** Files in these folders start programs, and may take long. */
const LARGE = new Set(["bench", "build", "e2e", "nats", "ops"]);
const LARGE_SECONDS = 3;
const SMALL_SECONDS = 0.5;

/**
 * Large files of a folder share a process as long as it takes no more than so many seconds: to load what they import takes
 * one to two seconds of processor time each.
 */
const SHARED_SECONDS = 90;

/** Makes jobs of test files: one of all in a small folder, and some of those in a large one. */
export function planTests(files: readonly string[]): Plan {
  const { alone = [], waiting = [], shared = [] } = Object.groupBy(
    files,
    (file) => ALONE.includes(file) ? "alone" : WAITING.includes(file) ? "waiting" : "shared",
  );
  const { large = [], small = [] } = Object.groupBy(
    shared,
    (file) => LARGE.has(file.split("/")[0] ?? "") ? "large" : "small",
  );
  const folders = Map.groupBy(small, (file) => file.split("/")[0] ?? "");
  const unitJobs = [...folders].map(([name, files]): Job => ({
    name,
    files: files.toSorted(),
    seconds: SECONDS[name] ?? files.length * SMALL_SECONDS,
  }));
  return {
    shared: [...unitJobs, ...shareProcesses(large)].sort(byLength),
    waiting: waiting.map(jobOf).sort(byLength),
    alone: alone.map(jobOf),
  };
}

function byLength(a: Job, b: Job): number {
  return b.seconds - a.seconds;
}

function jobOf(file: string): Job {
  return { name: file, files: [file], seconds: SECONDS[file] ?? LARGE_SECONDS };
}

/** Puts files of a folder together, each into the first job that has time for it, the long ones first. */
function shareProcesses(files: readonly string[]): Job[] {
  const folders = Map.groupBy(files.map(jobOf), ({ name }) => name.slice(0, name.lastIndexOf("/")));
  return [...folders].flatMap(([folder, jobs]) => {
    const shares: { files: string[]; seconds: number }[] = [];
    for (const { files, seconds } of jobs.sort(byLength)) {
      const share = shares.find((share) =>
        share.seconds + seconds <= SHARED_SECONDS &&
        ![...share.files, ...files].some((file) => UNSHARED.includes(file))
      );
      if (share === undefined) shares.push({ files: [...files], seconds });
      else {
        share.files.push(...files);
        share.seconds += seconds;
      }
    }
    return shares.map(({ files, seconds }, i): Job => {
      const [only = ""] = files;
      return { name: files.length === 1 ? only : `${folder} ${i + 1}`, files, seconds };
    });
  });
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

/** The most that is said again of what failed in a program, in lines, from each end. */
const MOST_LINES = 40;

/**
 * Says what failed, and why, from the output of `deno test` without colors: its errors and its list of failures. An
 * output without these is of a program that was ended, or could not begin: its last lines.
 */
export function whatFailed(output: string): string[] {
  const [, errors] = output.match(/^ ERRORS $([^]*?)^FAILED \|/m) ?? [];
  const lines = (errors ?? output).trim().split("\n");
  if (errors === undefined) return lines.slice(-MOST_LINES);
  if (lines.length <= 2 * MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES), "…", ...lines.slice(-MOST_LINES)];
}

// deno-lint-ignore-file no-console -- it reports on the tests
/**
 * Runs all test files, some at a time, each in a process of its own, and prints the output of each
 * when it has ended. The last line is `N passed, N failed`.
 *
 * With arguments it is `deno test` with these: `deno task test hub --filter "Hub gives"`.
 *
 * The variable `HUBBUB_TEST_JOBS` is the number of processes at a time.
 *
 * @module
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readSources } from "./import_graph.ts";
import { type Counts, type Job, planTests, readCounts, whatFailed } from "./test_plan.ts";

const ROOT = join(import.meta.dirname ?? ".", "..");
const DENO_TEST = ["test", "--quiet", "--no-check", "--allow-all"];
/**
 * The processes with tests that work. They wait now and then: one more than there are cores keeps these busy. One
 * process besides these runs the tests that only wait.
 */
const JOBS = Number(Deno.env.get("HUBBUB_TEST_JOBS") ?? navigator.hardwareConcurrency + 1);
/** Much longer than any file takes, in ms: a test that hangs fails. */
const LONGEST_MS = 15 * 60_000;

interface Result {
  readonly job: Job;
  readonly output: string;
  readonly counts: Counts;
}

const stop = new AbortController();

if (import.meta.main) {
  // Ctrl+C reaches the test processes as well; this one comes alone.
  Deno.addSignalListener("SIGTERM", () => stop.abort());
  Deno.exit(Deno.args.length > 0 ? await deno(...DENO_TEST, ...Deno.args) : await runAll());
}

/** Runs Deno, which prints what it has to say. Returns its exit code. */
async function deno(...args: string[]): Promise<number> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    signal: stop.signal,
  }).spawn().status;
  return code;
}

async function runAll(): Promise<number> {
  const start = performance.now();
  const importers = await Deno.makeTempDir({ prefix: "hubbub_tests_" });
  // Otherwise the first programs that tests start would fetch what is missing of their packages, and say so. To install
  // them is not enough: that does nothing where some are there.
  await deno("run", "--quiet", "--no-check", "--allow-all", "main.ts", "--version");
  const tests = [...(await readSources(ROOT)).keys()].filter((path) => /_test\.tsx?$/.test(path));
  const { shared, waiting, alone } = planTests(tests);
  const results: Result[] = [];
  /** Runs the jobs of the first queue that has some left. */
  const work = async (...queues: Job[][]): Promise<void> => {
    const next = () => queues.find(({ length }) => length > 0)?.shift();
    for (let job = next(); job !== undefined; job = next()) results.push(await run(job, importers));
  };
  const [working, idle] = [[...shared], [...waiting]];
  // One process more, for what leaves the processor to the others.
  await Promise.all([work(idle), ...Array.from({ length: JOBS }, () => work(working, idle))]);
  await work([...alone]);
  await Deno.remove(importers, { recursive: true });

  const failed = results.filter(({ counts }) => counts.failed > 0);
  for (const { job, output } of failed) {
    console.log(`FAILED in ${job.name}:`);
    for (const line of whatFailed(output)) console.log(`  ${line}`);
  }
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  const sum = (key: keyof Counts) => results.reduce((sum, { counts }) => sum + counts[key], 0);
  console.log(`${sum("ignored")} ignored, ${minutes} minutes`);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  return failed.length > 0 ? 1 : 0;
}

/**
 * Runs the files of a job in one process, and prints what that wrote. Several files are imported by one: Deno would
 * load all modules again for each, which took half of the processor time of these tests.
 *
 * @param importers the folder for those that import others
 */
async function run(job: Job, importers: string): Promise<Result> {
  const start = performance.now();
  const late = AbortSignal.timeout(LONGEST_MS);
  const all = join(importers, `${job.name.replaceAll(/[/ ]/g, "_")}_test.ts`);
  if (job.files.length > 1) {
    const imports = job.files.map((file) => `import "${pathToFileURL(join(ROOT, file))}";\n`);
    await Deno.writeTextFile(all, imports.join(""));
  }
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...DENO_TEST, ...(job.files.length > 1 ? [all] : job.files)],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.any([late, stop.signal]),
  }).output();
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout) + decoder.decode(stderr) +
    (late.aborted ? `Ended after ${LONGEST_MS / 60_000} minutes\n` : "");
  const seconds = (performance.now() - start) / 1000;
  console.log(`${output.trimEnd()}\n${job.name}: ${seconds.toFixed(1)} s\n`);
  const { passed = 0, failed = 0, ignored = 0 } = readCounts(output) ?? {};
  // A file that can't be loaded, or ends the process, fails without a failed test.
  return { job, output, counts: { passed, failed: success ? failed : failed || 1, ignored } };
}

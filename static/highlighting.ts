import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { CodeToken } from "./languages.ts";

/** Longer code, in UTF-16 code units, is not highlighted: hostile code may take time by the square of its length. */
export const CODE_UNITS = 3_000;
/** After some code, the page rests for this many times the time that it took. */
const REST = 4;
/** The number of texts whose parts are kept. */
const KEPT = 200;

interface Task {
  readonly code: string;
  readonly language: string;
  readonly tokens: Signal<readonly CodeToken[] | undefined>;
}

const tasks = new Map<string, Task>();
const waiting: Task[] = [];
let isAtWork = false;

/**
 * The parts of some code; `undefined` before it was read, for unknown languages, and for long code. It is read after
 * the page is drawn, the latest first, one by one with rests between.
 */
export function highlighted(
  code: string,
  language: string,
): ReadonlySignal<readonly CodeToken[] | undefined> {
  const key = `${language}\n${code}`;
  const known = tasks.get(key);
  if (known) return known.tokens;
  const task: Task = { code, language, tokens: signal(undefined) };
  if (code.length > CODE_UNITS) return task.tokens;
  if (tasks.size >= KEPT) tasks.clear();
  tasks.set(key, task);
  waiting.push(task);
  if (!isAtWork) void work();
  return task.tokens;
}

async function work(): Promise<void> {
  isAtWork = true;
  try {
    const { readCode } = await import("./languages.ts");
    for (let task = waiting.pop(); task; task = waiting.pop()) {
      const start = performance.now();
      task.tokens.value = readCode(task.code, task.language);
      const took = performance.now() - start;
      await new Promise((resolve) => setTimeout(resolve, took * REST));
    }
  } catch {
    // It couldn't be loaded: code is shown as it is, and tried again with the next.
    for (const { code, language } of waiting.splice(0)) tasks.delete(`${language}\n${code}`);
  } finally {
    isAtWork = false;
  }
}

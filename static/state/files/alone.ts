/// <reference lib="dom" />
import { randomId } from "../random_id.ts";
import { openStorage, type TextStore } from "../storage.ts";

/** Between two renewals of a note, and two looks at that of another tab, in ms. */
const RENEW_MS = 1_000;
/** The time after which the tab of a note counts as crashed, in ms: browsers let hidden tabs work once a minute. */
const STALE_MS = 90_000;
/** The time in which two tabs that write a note at once notice it, in ms. */
const SETTLE_MS = 50;

/** The needs of {@linkcode aloneByNote}; the times are in ms. */
interface NoteOptions {
  readonly storage?: Pick<TextStore, "get" | "set" | "remove">;
  readonly now?: () => number;
  readonly wait?: (ms: number) => Promise<void>;
}

/**
 * Lets one tab of this browser at a time do something, by a lock where there are some: pages without https have none, and
 * a browser that forbids storage refuses each. Resolves when `act` has ended, or rejects when `signal` is aborted before
 * it has begun.
 */
export async function alone(
  key: string,
  signal: AbortSignal,
  act: () => Promise<void>,
  { locks = navigator.locks, ...options }: NoteOptions & {
    readonly locks?: Pick<LockManager, "request"> | undefined;
  } = {},
): Promise<void> {
  let hasBegun = false;
  try {
    if (locks) {
      return await locks.request(`hubbub.${key}`, { signal }, () => {
        hasBegun = true;
        return act();
      });
    }
  } catch (error) {
    if (hasBegun || signal.aborted) throw error;
  }
  await aloneByNote(key, signal, act, options);
}

/**
 * Lets one tab of this browser at a time do something, by a note in the browser's storage.
 * Resolves when `act` has ended, or rejects when `signal` is aborted before it has begun.
 */
export async function aloneByNote(
  key: string,
  signal: AbortSignal,
  act: () => Promise<void>,
  { storage = openStorage(() => localStorage), now = Date.now, wait = pause }: NoteOptions = {},
): Promise<void> {
  const name = `alone.${key}`;
  const own = randomId();
  const write = () => storage.set(name, `${own} ${now()}`);
  const isOwn = () => storage.get(name)?.split(" ")[0] === own;
  const isTaken = () => {
    const [, at] = storage.get(name)?.split(" ") ?? [];
    return at !== undefined && Math.abs(now() - Number(at)) < STALE_MS;
  };
  const release = () => {
    if (isOwn()) storage.remove(name);
  };
  for (;;) {
    while (isTaken()) {
      await wait(RENEW_MS);
      signal.throwIfAborted();
    }
    write();
    await wait(SETTLE_MS);
    // The last one that wrote has it.
    if (isOwn()) break;
  }
  const timer = setInterval(() => isOwn() && write(), RENEW_MS);
  globalThis.addEventListener("pagehide", release);
  try {
    signal.throwIfAborted();
    await act();
  } finally {
    clearInterval(timer);
    globalThis.removeEventListener("pagehide", release);
    release();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

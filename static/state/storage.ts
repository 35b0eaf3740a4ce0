/** A small store of texts that never throws: a text that can't be stored lasts as long as the page. */
export interface TextStore {
  /** Whether values outlast the page. */
  readonly isKept: boolean;
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  remove(key: string): void;
  /** The keys that begin with `prefix`, in no particular order. */
  keys(prefix: string): string[];
}

/** All keys in the browser's storage begin with this: other programs may live at the same origin. */
const PREFIX = "hubbub.";

/**
 * A {@linkcode TextStore} over the browser's storage. Browsers may have none, may forbid even to look
 * at it, and it may be full; then a value lives in memory.
 *
 * @param area gives the storage; it may throw.
 */
export function openStorage(area: () => Storage): TextStore {
  const memory = new Map<string, string | undefined>();
  function attempt<T>(use: (storage: Storage) => T): T | undefined {
    try {
      return use(area());
    } catch {
      return undefined;
    }
  }
  return {
    isKept: attempt(({ length }) => length >= 0) ?? false,
    get(key) {
      return memory.has(key)
        ? memory.get(key)
        : attempt((storage) => storage.getItem(PREFIX + key)) ?? undefined;
    },
    set(key, value) {
      const kept = attempt((storage) => {
        storage.setItem(PREFIX + key, value);
        return true;
      });
      if (kept) memory.delete(key);
      else memory.set(key, value);
    },
    remove(key) {
      const removed = attempt((storage) => {
        storage.removeItem(PREFIX + key);
        return true;
      });
      if (removed) memory.delete(key);
      else memory.set(key, undefined);
    },
    keys(prefix) {
      const stored =
        attempt((storage) =>
          Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? "")
            .filter((key) => key.startsWith(PREFIX + prefix))
            .map((key) => key.slice(PREFIX.length))
        ) ?? [];
      const held = [...memory.keys()].filter((key) => key.startsWith(prefix));
      return [...new Set([...stored, ...held])].filter((key) => this.get(key) !== undefined);
    },
  };
}

/** Calls `take` for each change that another tab of this browser makes in its storage. */
export function onChangeElsewhere(take: (key: string, value: string) => void): void {
  addEventListener("storage", ({ key, newValue }) => {
    if (key?.startsWith(PREFIX)) take(key.slice(PREFIX.length), newValue ?? "");
  });
}

/** The value of JSON in a store, or `undefined` if it is missing or `isWanted` rejects it. */
export function readJson<T>(
  store: TextStore,
  key: string,
  isWanted: (value: unknown) => value is T,
): T | undefined {
  try {
    const value: unknown = JSON.parse(store.get(key) ?? "null");
    return isWanted(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a value is an object whose fields may be looked at. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The latest moment that is read, in ms since 1970: what is made a little later is still a date. */
const LATEST = 2 ** 52;

/** Whether a value is a moment, in ms since 1970. */
export function isMoment(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= LATEST;
}

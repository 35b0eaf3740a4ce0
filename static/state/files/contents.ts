/// <reference lib="dom" />
/** The content of a file that is on its way. */
export interface HeldContent {
  readonly blob: Blob;
  /** Present when `blob` is ready for the upload: without metadata that people do not mean to share. */
  readonly isReady?: true;
  /** The smaller picture. */
  readonly preview?: Blob;
}

/** Keeps the contents of files; what can't be kept beyond the page lives as long as that. */
export interface HeldContents {
  get(key: string): Promise<HeldContent | undefined>;
  /** Whether the content outlasts the page. */
  set(key: string, content: HeldContent): Promise<boolean>;
  remove(key: string): Promise<void>;
  /** The keys of what outlasts the page. */
  keys(): Promise<readonly string[]>;
}

/** All contents together that are kept beyond the page, in bytes: the disk is not the page's own. */
const MOST_BYTES = 512 * 1024 * 1024;
const DATABASE = "hubbub";
const STORE = "files";

/** Opens the contents in the browser's database. A private window may have none, and it may be full. */
export function openContents(factory: () => IDBFactory = () => indexedDB): HeldContents {
  const passing = new Map<string, HeldContent>();
  const sizes = new Map<string, number>();
  let opening: Promise<IDBDatabase | undefined> | undefined;

  function database(): Promise<IDBDatabase | undefined> {
    return opening ??= open(factory).catch(() => undefined);
  }

  /** Does something with the store; `undefined` if there is none or it fails. */
  async function use<T>(
    mode: IDBTransactionMode,
    act: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<{ readonly result: T } | undefined> {
    try {
      const transaction = (await database())?.transaction(STORE, mode);
      if (!transaction) return undefined;
      const request = act(transaction.objectStore(STORE));
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
      return { result: request.result };
    } catch {
      return undefined;
    }
  }

  return {
    async get(key) {
      const held = passing.get(key);
      if (held) return held;
      const found = await use("readonly", (store): IDBRequest<unknown> => store.get(key));
      return isContent(found?.result) ? found.result : undefined;
    },
    async set(key, content) {
      const size = content.blob.size + (content.preview?.size ?? 0);
      const others = [...sizes].reduce((sum, [each, size]) => each === key ? sum : sum + size, 0);
      const kept = others + size <= MOST_BYTES &&
        await use("readwrite", (store) => store.put(content, key)) !== undefined;
      if (kept) {
        passing.delete(key);
        sizes.set(key, size);
      } else passing.set(key, content);
      return kept;
    },
    async remove(key) {
      passing.delete(key);
      sizes.delete(key);
      await use("readwrite", (store) => store.delete(key));
    },
    async keys() {
      const found = await use("readonly", (store) => store.getAllKeys());
      return found?.result.map(String) ?? [];
    },
  };
}

function open(factory: () => IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory().open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("Cannot open the database: it is in use"));
  });
}

function isContent(value: unknown): value is HeldContent {
  return typeof value === "object" && value !== null && "blob" in value &&
    value.blob instanceof Blob;
}

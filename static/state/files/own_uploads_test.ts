import { assert, assertEquals } from "../../../testing/assert.ts";
import { FakeTimers } from "../../../testing/fake_timers.ts";
import type { OwnFile } from "./own_file.ts";
import type { HeldContent, HeldContents } from "./contents.ts";
import { type Transfer, TransferError, type Transport } from "./transport.ts";
import { OwnUploads, type OwnUploadsOptions } from "./own_uploads.ts";

/** HeldContents in memory. */
class MemoryContents implements HeldContents {
  readonly kept = new Map<string, HeldContent>();
  isKeeping = true;

  get(key: string): Promise<HeldContent | undefined> {
    return Promise.resolve(this.kept.get(key));
  }

  set(key: string, content: HeldContent): Promise<boolean> {
    this.kept.set(key, content);
    return Promise.resolve(this.isKeeping);
  }

  remove(key: string): Promise<void> {
    this.kept.delete(key);
    return Promise.resolve();
  }

  keys(): Promise<readonly string[]> {
    return Promise.resolve([...this.kept.keys()]);
  }
}

/** A server whose answers the test gives. */
class ScriptedTransport implements Transport {
  readonly begun: (Transfer & PromiseWithResolvers<string>)[] = [];
  readonly terminated: string[] = [];
  #waiting: (() => void)[] = [];

  upload(transfer: Transfer): Promise<string> {
    const answer = Promise.withResolvers<string>();
    this.begun.push({ ...transfer, ...answer });
    transfer.signal.addEventListener("abort", () => answer.reject(new TransferError("stopped")));
    for (const go of this.#waiting.splice(0)) go();
    return answer.promise;
  }

  terminate(url: string): void {
    this.terminated.push(url);
  }

  /** The upload of a number, from 0, as soon as it has begun. */
  async nth(n: number): Promise<Transfer & PromiseWithResolvers<string>> {
    while (this.begun.length <= n) await new Promise<void>((go) => this.#waiting.push(go));
    const found = this.begun[n];
    assert(found);
    return found;
  }
}

/** A page with files, and what uploads them. */
function open({ contents = new MemoryContents() } = {}) {
  let list: OwnFile[] = [];
  const transport = new ScriptedTransport();
  const page = {
    contents,
    transport,
    isOnline: true,
    unwanted: new Set<string>(),
    sent: [] as [string, number][],
    stalled: [] as string[],
    shown: [] as string[],
    changed: () => {},
    add(key: string, known: Partial<OwnFile> = {}): void {
      list.push({
        ...{ key, room: "lobby", tab: "t", place: list.length, name: `${key}.png`, size: 3 },
        ...{ type: "image/png", ...known },
      });
    },
    remove(key: string): void {
      list = list.filter((each) => each.key !== key);
    },
    find(key: string): OwnFile {
      const found = list.find((each) => each.key === key);
      assert(found, key);
      return found;
    },
    async until(condition: () => boolean): Promise<void> {
      while (!condition()) await new Promise<void>((resolve) => page.changed = resolve);
    },
    uploads(alone?: OwnUploadsOptions["alone"]): OwnUploads {
      return new OwnUploads({
        list: () => list,
        change(key, change) {
          list = list.map((each) => each.key === key ? { ...each, ...change } : each);
          page.changed();
        },
        progress: (key, sent) => page.sent.push([key, sent]),
        stalls: (key) => page.stalled.push(key),
        shows: (_key, picture) => page.shown.push(picture),
        isWanted: ({ key, failed }) => failed === undefined && !page.unwanted.has(key),
        isElsewhere: () => false,
        isOnline: () => page.isOnline,
        isKnown: (key) => list.some((each) => each.key === key),
      }, {
        contents,
        transport,
        prepare: (blob) =>
          Promise.resolve(
            blob.size === 3 ? { blob, preview: new Blob(["p"]), width: 4, height: 5 } : { blob },
          ),
        addressOf: ({ size }) => `blob:${size}`,
        ...(alone && { alone }),
      });
    },
  };
  return page;
}

Deno.test("OwnUploads sends the smaller picture first, then the file with its id", async () => {
  const page = open();
  const uploads = page.uploads();
  page.add("a");
  uploads.add("a", new Blob(["abc"]));
  const preview = await page.transport.nth(0);
  assertEquals([preview.content.size, preview.metadata], [1, { filename: "preview-a.png" }]);
  preview.resolve("P");
  const file = await page.transport.nth(1);
  assertEquals(file.metadata, { filename: "a.png", preview: "P" });
  file.onUrl?.("/files/F");
  assertEquals(page.find("a").url, "/files/F");
  file.onProgress?.(2);
  file.resolve("F");
  await page.until(() => page.find("a").id === "F");
  const { url, preview: id, width, height, kept } = page.find("a");
  assertEquals([url, id, width, height, kept], [undefined, "P", 4, 5, true]);
  assertEquals([page.sent, page.shown], [[["a", 2]], ["blob:1"]]);
});

Deno.test("OwnUploads sends two at a time, in their order", async () => {
  const page = open();
  const uploads = page.uploads();
  for (const key of ["a", "b", "c"]) {
    page.add(key);
    uploads.add(key, new Blob(["text"]));
  }
  await uploads.made;
  assertEquals(page.transport.begun.map(({ metadata }) => metadata.filename), ["a.png", "b.png"]);
  (await page.transport.nth(1)).resolve("B");
  assertEquals((await page.transport.nth(2)).metadata.filename, "c.png");
});

Deno.test("OwnUploads resumes where it was interrupted, as soon as there is a connection", async () => {
  using time = new FakeTimers();
  const page = open();
  const uploads = page.uploads();
  page.add("a");
  uploads.add("a", new Blob(["text"]));
  const first = await page.transport.nth(0);
  first.onUrl?.("/files/F");
  first.reject(new TransferError("no answer"));
  await settled();
  time.pass(400);
  assertEquals(page.transport.begun.length, 1);
  // The connection is gone and comes back.
  page.isOnline = false;
  uploads.update();
  page.isOnline = true;
  uploads.update();
  assertEquals((await page.transport.nth(1)).url, "/files/F");
  assertEquals(page.stalled, []);
  for (const [n, status] of [[1, 503], [2, 409], [3, 404], [4, 423]] as const) {
    (await page.transport.nth(n)).reject(new TransferError("later", { status }));
    await settled();
    time.pass(20_000);
    await page.transport.nth(n + 1);
  }
  // A single failure is not worth a word.
  assertEquals(page.stalled.length, 4);
  (await page.transport.nth(5)).resolve("F");
  await page.until(() => page.find("a").id === "F");
});

Deno.test("OwnUploads finds kept files after a reload, and reports lost ones", async () => {
  const contents = new MemoryContents();
  contents.kept.set("a", { blob: new Blob(["text"]), isReady: true });
  contents.kept.set("forgotten", { blob: new Blob(["text"]) });
  const page = open({ contents });
  page.add("a", { url: "/files/F" });
  page.add("lost");
  page.add("done", { id: "D" });
  const uploads = page.uploads();
  uploads.update();
  assertEquals((await page.transport.nth(0)).url, "/files/F");
  await uploads.made;
  assertEquals([page.find("lost").failed, page.find("done").failed], ["file_lost", undefined]);
  assertEquals([...contents.kept.keys()], ["a"]);
});

Deno.test("OwnUploads gives up with a reason where another attempt is useless", async () => {
  for (
    const [answer, failed] of [
      [{ status: 413 }, "file_too_large"],
      [{ status: 507 }, "file_disk_full"],
      [{ status: 403 }, "file_not_allowed"],
      [{ status: 429, retry: 3_600_000 }, "file_quota"],
      [{ status: 400 }, "file_refused"],
      [{ isUnreadable: true }, "file_unreadable"],
    ] as const
  ) {
    const page = open();
    const uploads = page.uploads();
    page.add("a");
    uploads.add("a", new Blob(["text"]));
    (await page.transport.nth(0)).reject(new TransferError("no", answer));
    await page.until(() => page.find("a").failed !== undefined);
    assertEquals(page.find("a").failed, failed);
  }
});

Deno.test("OwnUploads goes on once when the server does not know the person any more, as with a new secret", async () => {
  using timers = new FakeTimers();
  const page = open();
  const uploads = page.uploads();
  page.add("a");
  uploads.add("a", new Blob(["text"]));
  const first = await page.transport.nth(0);
  first.onUrl?.("/files/A");
  const unknown = new TransferError("no", { status: 401 });
  first.reject(unknown);
  await settled();
  timers.pass(60_000);
  const second = await page.transport.nth(1);
  assertEquals([second.url, page.find("a").failed], ["/files/A", undefined]);
  second.reject(unknown);
  await page.until(() => page.find("a").failed !== undefined);
  assertEquals(page.find("a").failed, "file_not_allowed");
});

Deno.test("OwnUploads waits when the browser lets no tab be alone, and the page goes on", async () => {
  using timers = new FakeTimers();
  const page = open();
  let attempts = 0;
  const uploads = page.uploads((_key, _signal, act) =>
    attempts++ === 0 ? Promise.reject(new Error("no storage")) : act()
  );
  page.add("a");
  uploads.add("a", new Blob(["text"]));
  await uploads.made;
  await settled();
  assertEquals(attempts, 1);
  timers.pass(30_000);
  (await page.transport.nth(0)).resolve("A");
  await page.until(() => page.find("a").id !== undefined);
  assertEquals(attempts, 2);
});

Deno.test("OwnUploads stops a cancelled upload, and forgets it", async () => {
  const page = open();
  const uploads = page.uploads();
  page.add("a");
  page.add("b");
  uploads.add("a", new Blob(["text"]));
  uploads.add("b", new Blob(["text"]));
  const [a, b] = [await page.transport.nth(0), await page.transport.nth(1)];
  // Its message was refused.
  page.unwanted.add("a");
  uploads.update();
  assertEquals([a.signal.aborted, b.signal.aborted], [true, false]);
  b.onUrl?.("/files/B");
  const attachment = page.find("b");
  page.remove("b");
  uploads.forget(attachment);
  await uploads.made;
  assertEquals([b.signal.aborted, page.transport.terminated], [true, ["/files/B"]]);
  assertEquals([...page.contents.kept.keys()], ["a"]);
  page.unwanted.delete("a");
  uploads.update();
  assertEquals((await page.transport.nth(2)).metadata.filename, "a.png");
});

Deno.test("OwnUploads notes the files that last only as long as the page", async () => {
  const page = open();
  page.contents.isKeeping = false;
  const uploads = page.uploads();
  page.add("a");
  uploads.add("a", new Blob(["text"]));
  await uploads.made;
  assertEquals([page.find("a").passing, page.find("a").kept], [true, undefined]);
});

/** Resolves when all that follows from what has happened has been done. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

import { assert, assertEquals } from "../../testing/assert.ts";
import { HubOnState, kindOf } from "../../testing/hub_on_state.ts";
import type { Recorder } from "../../testing/recorder.ts";
import type { Message } from "../../protocol/mod.ts";
import { UNCHANGED } from "../../state/outcome.ts";
import { StoredSettings } from "../../state/settings.ts";
import { FetchError } from "./fetch_error.ts";
import type { ReadPage } from "./fetcher.ts";
import type { PageDescription } from "./page_reader.ts";
import { PreviewService, type PreviewServiceOptions } from "./service.ts";

type Read = (url: string) => Promise<ReadPage | undefined>;

/** A chat with previews of pages that a test makes, and somebody in its lobby. */
class Scene implements AsyncDisposable {
  readonly chat = new HubOnState();
  readonly previews: PreviewService;
  readonly read: string[] = [];
  readonly ann: Recorder;
  now = 0;
  #ids = 0;

  constructor(
    read: Read = (url) => Promise.resolve({ title: `Page ${url}`, site: "S" }),
    pictures?: PreviewServiceOptions["pictures"],
  ) {
    const { actions, state } = this.chat.store;
    const settings = new StoredSettings(state.database.db);
    this.previews = actions.previews = new PreviewService({
      isOn: () => settings.read().previews,
      read: (url) => {
        this.read.push(url);
        return read(url);
      },
      append: (event) => actions.append(event),
      now: () => this.now,
      ...(pictures !== undefined && { pictures }),
    });
    this.ann = this.chat.person("ann", "admin");
  }

  static async on(read?: Read, pictures?: PreviewServiceOptions["pictures"]): Promise<Scene> {
    const scene = new Scene(read, pictures);
    await scene.chat.join(scene.ann, "lobby");
    await scene.chat.ask(scene.ann, { type: "set", setting: "previews", value: true });
    return scene;
  }

  /** Sends a message, and resolves to it. */
  async send(text: string, from = this.ann): Promise<Message> {
    const id = `m${this.#ids++}`;
    this.chat.hub.command(from, { type: "send", room: "lobby", id, text });
    const find = () => from.all("message").find((line) => line.id === id);
    await from.until(() => find() !== undefined);
    const sent = find();
    assert(sent !== undefined);
    return sent;
  }

  /** Resolves to a message when it is as it should be, as others see it. */
  async changed(seq: number, isSo: (message: Message) => boolean): Promise<Message> {
    const find = () =>
      this.ann.all("changed").findLast(({ message }) => message.seq === seq && isSo(message));
    await this.ann.until(() => find() !== undefined);
    return find()?.message ?? await Promise.reject(new Error("there is none"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.previews[Symbol.dispose]();
    await this.chat[Symbol.asyncDispose]();
  }
}

const hasPreviews = ({ previews }: Message) => previews !== undefined;

Deno.test("PreviewService reads nothing until an admin wants it", async () => {
  await using the = new Scene();
  await the.chat.join(the.ann, "lobby");
  await the.send("http://a.example/");
  const bob = the.chat.person("bob");
  const answer = await the.chat.ask(bob, { type: "set", setting: "previews", value: true });
  assertEquals(kindOf(answer), "forbidden");
  await the.chat.ask(the.ann, { type: "set", setting: "previews", value: true });
  assertEquals(the.ann.all("chat").at(-1)?.chat.previews, true);
  assertEquals(the.read, []);
  await the.send("http://b.example/ http://b.example/");
  await the.changed(2, hasPreviews);
  assertEquals(the.read, ["http://b.example/"]);
});

Deno.test("PreviewService shows previews of a message, also after an edit, until it is deleted", async () => {
  await using the = await Scene.on();
  const { seq } = await the.send("see http://a.example/ and http://b.example/");
  const { previews, rev, edited } = await the.changed(seq, hasPreviews);
  assertEquals(previews, [
    { url: "http://a.example/", title: "Page http://a.example/", site: "S" },
    { url: "http://b.example/", title: "Page http://b.example/", site: "S" },
  ]);
  assertEquals([rev, edited], [1, undefined]);
  const place = { room: "lobby", seq };
  await the.chat.ask(the.ann, { type: "edit", ...place, id: "e1", text: "http://c.example/" });
  // The answer has none, since those were of what it linked to before.
  assertEquals(
    the.ann.all("changed").find((line) => line.id === "e1")?.message.previews,
    undefined,
  );
  const again = await the.changed(
    seq,
    ({ previews: [first] = [] }) => first?.url === "http://c.example/",
  );
  assertEquals(again.previews?.length, 1);
  await the.chat.ask(the.ann, { type: "delete", ...place });
  const gone = await the.changed(seq, ({ deleted }) => deleted !== undefined);
  assertEquals(gone.previews, undefined);
});

Deno.test("the author of a message, moderators and admins remove its previews permanently", async () => {
  await using the = await Scene.on();
  const [bob, eve] = [the.chat.person("bob"), the.chat.person("eve")];
  for (const client of [bob, eve]) await the.chat.join(client, "lobby");
  const { seq } = await the.send("http://a.example/", bob);
  await the.changed(seq, hasPreviews);
  const remove = { type: "remove_previews", room: "lobby", seq } as const;
  assertEquals(kindOf(await the.chat.ask(eve, remove)), "forbidden");
  const answer = await the.chat.ask(bob, remove);
  assert(answer.type === "changed" && answer.message.previews === undefined);
  assertEquals(kindOf(await the.chat.ask(bob, remove)), "ok");
  const edit = { type: "edit", room: "lobby", seq, id: "e1", text: "http://b.example/" } as const;
  await the.chat.ask(bob, edit);
  await the.previews.settled();
  const other = await the.send("http://b.example/ http://c.example/");
  await the.changed(other.seq, hasPreviews);
  assertEquals(
    the.ann.all("changed").findLast(({ message }) => message.seq === seq)?.message
      .previews,
    undefined,
  );
  assertEquals(kindOf(await the.chat.ask(the.ann, { ...remove, seq: other.seq })), "changed");
  const removal = await the.chat.ask(the.ann, { ...remove, seq: 99 });
  assertEquals(kindOf(removal), "bad_value");
});

Deno.test("PreviewService leaves a message alone that was changed while a page was read", async () => {
  const pages = new Map<string, PromiseWithResolvers<PageDescription>>();
  await using the = await Scene.on((url) => {
    const page = Promise.withResolvers<PageDescription>();
    pages.set(url, page);
    return page.promise;
  });
  const edited = await the.send("http://a.example/");
  const deleted = await the.send("http://b.example/");
  const removed = await the.send("http://c.example/");
  const place = (message: Message) => ({ room: "lobby", seq: message.seq });
  await the.chat.ask(the.ann, { type: "edit", ...place(edited), id: "e1", text: "none" });
  await the.chat.ask(the.ann, { type: "delete", ...place(deleted) });
  await the.chat.ask(the.ann, { type: "remove_previews", ...place(removed) });
  const last = await the.send("http://d.example/");
  for (const [url, page] of pages) page.resolve({ title: url });
  await the.changed(last.seq, hasPreviews);
  const shown = the.ann.all("changed").filter(({ message }) => message.previews !== undefined);
  assertEquals(shown.map(({ message }) => message.seq), [last.seq]);
});

Deno.test("PreviewService reads an address once for everybody, and again after a while", async () => {
  let fails = true;
  await using the = await Scene.on((url) =>
    fails ? Promise.reject(new FetchError("failed", "x")) : Promise.resolve({ title: url })
  );
  for (let i = 0; i < 2; i++) {
    await the.send("http://a.example/");
    await the.previews.settled();
  }
  assertEquals([the.read.length, the.previews.results.remembered], [1, 1]);
  fails = false;
  the.now += 11 * 60_000;
  const { seq } = await the.send("http://a.example/");
  await the.changed(seq, hasPreviews);
  assertEquals(the.read.length, 2);
});

Deno.test("PreviewService reads ten pages at once for a person, and others for others", async () => {
  await using the = await Scene.on();
  const bob = the.chat.person("bob");
  await the.chat.join(bob, "lobby");
  for (let i = 0; i < 5; i++) {
    await the.send([1, 2, 3].map((n) => `http://a.example/${i}-${n}`).join(" "));
  }
  await the.previews.settled();
  const { seq } = await the.send("http://b.example/", bob);
  await the.changed(seq, hasPreviews);
  assertEquals([the.read.length, the.previews.results.limited], [11, 5]);
});

Deno.test("PreviewService stores ten pictures at once for a person, those of remembered pages included", async () => {
  const stored: string[] = [];
  const pictures = {
    isOn: true,
    limits: { total: 0, day: 0 },
    add: (_: unknown, person: string) => Promise.resolve(void stored.push(person)),
    release: () => Promise.resolve(),
  };
  const picture = new Uint8Array(1);
  await using the = await Scene.on((title) => Promise.resolve({ title, picture }), pictures);
  const bob = the.chat.person("bob");
  await the.chat.join(bob, "lobby");
  const text = [1, 2, 3].map((n) => `http://a.example/${n}`).join(" ");
  for (let i = 0; i < 10; i++) await the.send(text);
  await the.previews.settled();
  assertEquals([the.read.length, stored.length], [3, 10]);
  // All have previews; another person's have pictures, too.
  const { seq } = await the.send(text, bob);
  await the.changed(seq, hasPreviews);
  assertEquals(stored.slice(10), Array(3).fill(bob.user.id));
});

Deno.test("PreviewService changes few messages at a time, and leaves out those of a flood", async () => {
  let [underWay, most, appended] = [0, 0, 0];
  const turns: (() => void)[] = [];
  using previews = new PreviewService({
    isOn: () => true,
    read: (title) => Promise.resolve({ title }),
    append: async () => {
      most = Math.max(most, ++underWay);
      await new Promise<void>((resolve) => turns.push(resolve));
      [underWay, appended] = [underWay - 1, appended + 1];
      return UNCHANGED;
    },
  });
  const see = (person: string, seq: number) => {
    const user = { id: person, name: person };
    const text = "http://a.example/";
    previews.see({ room: "lobby", seq, id: `m${seq}`, user, text, at: 0 });
  };
  const finish = async () => {
    let isDone = false;
    void previews.settled().then(() => isDone = true);
    while (!isDone) {
      turns.pop()?.();
      await Promise.resolve();
    }
  };
  // Of a person, ten at once: also while they wait for one page.
  for (let i = 0; i < 100; i++) see("ann", i);
  see("bob", 100);
  await finish();
  assertEquals([appended, previews.results.limited], [11, 90]);
  // The page is remembered.
  for (let i = 0; i < 3000; i++) see(`p${i % 300}`, i);
  await finish();
  assertEquals([most, appended, previews.results.limited], [16, 211, 90 + 2800]);
  // What waits for its turn when the server ends is left out.
  for (let i = 0; i < 100; i++) see(`p${i}`, i);
  while (underWay < 16) await Promise.resolve();
  previews[Symbol.dispose]();
  await finish();
  assertEquals(appended, 211 + 16);
});

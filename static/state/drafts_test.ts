import { assertEquals } from "../../testing/assert.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import { Drafts } from "./drafts.ts";
import { Outbox } from "./outbox.ts";
import { PersonalStore } from "./personal_store.ts";
import { openStorage } from "./storage.ts";

Deno.test("Drafts keeps blanks, and shows no mark for them", () => {
  const storage = new MemoryStorage();
  const drafts = new Drafts(openStorage(() => storage), "one");
  drafts.set("garden", " \n");
  assertEquals([[...drafts.rooms.value], drafts.get("garden")], [[], " \n"]);
  drafts.set("garden", " \nt");
  assertEquals([...drafts.rooms.value], ["garden"]);
  drafts.set("garden", " ");
  assertEquals([...drafts.rooms.value], []);
});

Deno.test("Drafts keeps the message that is being answered or edited", () => {
  const storage = new MemoryStorage();
  const open = (tab: string) => new Drafts(openStorage(() => storage), tab);
  const user = { id: "bob", name: "Bob" };
  const message = (seq: number) => ({ room: "tea", seq, id: `m${seq}`, user, text: "hi", at: 1 });
  const drafts = open("one");
  const none = { replyTo: undefined, editing: undefined };
  assertEquals(drafts.about("tea"), none);
  drafts.setAbout("tea", none);
  assertEquals(storage.length, 0);
  drafts.setAbout("tea", { replyTo: message(3), editing: undefined });
  drafts.set("tea", "my answer");
  const editing = { message: message(2), text: "better" };
  drafts.setAbout("tea", { replyTo: undefined, editing });
  assertEquals(open("one").about("tea"), { replyTo: undefined, editing });
  drafts.setAbout("tea", { replyTo: message(3), editing: undefined });
  assertEquals(drafts.get("tea"), "my answer");
  // A new tab continues with it, and leaves nothing when it was sent.
  const other = open("two");
  assertEquals([other.get("tea"), other.about("tea").replyTo?.seq], ["my answer", 3]);
  other.setAbout("tea", other.about("tea"));
  assertEquals(open("one").get("tea"), "my answer");
  other.set("tea", "");
  other.setAbout("tea", none);
  assertEquals(storage.length, 0);
});

Deno.test("Drafts lists the rooms that have one, in whatever tab it was written", () => {
  const storage = new MemoryStorage();
  const drafts = new Drafts(openStorage(() => storage), "one");
  assertEquals([...drafts.rooms.value], []);
  let changes = -1;
  drafts.rooms.subscribe(() => changes++);
  drafts.set("garden", "t");
  drafts.set("garden", "tomatoes");
  assertEquals([[...drafts.rooms.value], changes], [["garden"], 1]);

  const other = new Drafts(openStorage(() => storage), "two");
  assertEquals([...other.rooms.value], ["garden"]);
  other.set("reading", "a book");
  assertEquals([...drafts.rooms.value], ["garden"]);
  drafts.refresh();
  assertEquals([...drafts.rooms.value].sort(), ["garden", "reading"]);

  // A draft that another tab continued and sent is gone.
  assertEquals(other.get("garden"), "tomatoes");
  other.set("garden", "");
  assertEquals([...other.rooms.value], ["reading"]);
  drafts.set("reading", "");
  assertEquals([...drafts.rooms.value], ["reading"], "the draft of another tab stays");
});

Deno.test("Drafts gives back what was begun in a room that it forgets, once, in whatever tab and way", () => {
  const storage = new MemoryStorage();
  const open = (tab: string) => new Drafts(openStorage(() => storage), tab);
  const user = { id: "bob", name: "Bob" };
  const editing = {
    message: { room: "tea", seq: 2, id: "m2", user, text: "hi", at: 1 },
    text: "better",
  };
  const [one, two] = [open("one"), open("two")];
  one.set("tea", "half a");
  two.set("tea", `${two.get("tea")} thought`);
  two.setAbout("tea", { replyTo: undefined, editing });
  open("three").set("tea", " ");
  open("four").set("tea", "and another");
  one.set("garden", "elsewhere");
  const forgotten = [...two.forget("tea").keys()];
  assertEquals(forgotten.sort(), ["and another", "better", "half a thought"]);
  assertEquals([one.forget("tea").size, one.get("garden")], [0, "elsewhere"]);
});

Deno.test("Tabs that take a room off the page at once, before they see what others do, keep its draft once", () => {
  const area = new MemoryStorage();
  new Drafts(openStorage(() => area), "one").set("tea", "half a thought");
  const kept = ["one", "two"].map((tab) => {
    // What the tab sees: browsers tell tabs of each other's changes a little later.
    const seen = new MemoryStorage();
    for (let i = 0; i < area.length; i++) {
      seen.setItem(area.key(i) ?? "", area.getItem(area.key(i) ?? "") ?? "");
    }
    const store = openStorage(() => seen);
    const [drafts, outbox] = [new Drafts(store, tab), new Outbox(store)];
    for (const [text, id] of drafts.forget("tea")) outbox.keep("tea", text, "removed", id);
    return { outbox, seen };
  });
  const ids = kept.map(({ outbox }) => outbox.pending.map(({ id }) => id));
  assertEquals(ids[0], ids[1]);
  const [one, two] = kept;
  const key = `outbox.${ids[0]?.[0]}`;
  two?.outbox.changedElsewhere(key, one?.seen.getItem(`hubbub.${key}`) ?? "");
  assertEquals(two?.outbox.pending.map(({ text }) => text), ["half a thought"]);
  two?.outbox.keep("tea", "half a thought", "removed", ids[0]?.[0] ?? "");
  assertEquals(two?.outbox.pending.length, 1);
});

Deno.test("Drafts of the next person at a tab never take the place of those that the former one left", () => {
  const storage = new MemoryStorage();
  const store = new PersonalStore(openStorage(() => storage));
  const drafts = new Drafts(store, "one");
  function own(person: string, options = {}): void {
    drafts.follow(() => store.own("store", person) === "person", options);
  }
  own("ann");
  assertEquals(drafts.get("lobby"), "");
  drafts.set("lobby", "Ann's");
  const message = { room: "lobby", seq: 3, id: "m3", user: { id: "bob", name: "Bob" }, text: "hi" };
  drafts.setAbout("lobby", { replyTo: { ...message, at: 1 }, editing: undefined });
  // The same person on the next connection.
  own("ann");
  assertEquals(drafts.about("lobby").replyTo?.seq, 3);
  own("guest", { isLoggedOut: true });
  assertEquals(drafts.get("lobby"), "");
  drafts.set("lobby", "the guest's");
  own("ann");
  assertEquals([drafts.get("lobby"), drafts.about("lobby").replyTo?.seq], ["Ann's", 3]);
  drafts.set("lobby", "");
  drafts.setAbout("lobby", { replyTo: undefined, editing: undefined });
  assertEquals(drafts.get("lobby"), "the guest's");
});

Deno.test("Drafts that were begun before anyone was known are their writer's, also if the page was loaded again", () => {
  const area = new MemoryStorage();
  const open = (tab: string) => {
    const store = new PersonalStore(openStorage(() => area));
    const drafts = new Drafts(store, tab);
    function own(person: string): void {
      const change = () => store.own("store", person) === "person";
      drafts.follow(change, { early: store.early });
    }
    return { drafts, own };
  };
  const user = { id: "bob", name: "Bob" };
  const message = { room: "tea", seq: 3, id: "m3", user, text: "hi", at: 1 };
  const ann = open("one");
  ann.own("ann");
  ann.drafts.set("lobby", "Ann's");
  ann.drafts.set("attic", "for Bob");

  // Her session has ended, and the server has not said so yet.
  const first = open("one");
  assertEquals([first.drafts.get("lobby"), first.drafts.get("tea")], ["Ann's", ""]);
  first.drafts.set("lobby", "Ann's? No");
  first.drafts.set("tea", "half a thought");
  first.drafts.setAbout("tea", { replyTo: message, editing: undefined });
  const other = open("two");
  assertEquals(other.drafts.get("attic"), "for Bob");
  other.drafts.set("attic", "for Bob and others");
  const again = open("one");
  again.own("guest");
  const texts = ["lobby", "tea", "attic"].map((room) => again.drafts.get(room));
  assertEquals(texts, ["", "half a thought", " and others"]);
  assertEquals(again.drafts.about("tea").replyTo, undefined);

  const back = open("one");
  back.own("ann");
  assertEquals(["lobby", "tea", "attic"].map((room) => back.drafts.get(room)), [
    "Ann's",
    "",
    "for Bob",
  ]);
  // The same person keeps what the draft is about.
  const own = open("one");
  own.drafts.set("tea", "Ann's answer");
  own.drafts.setAbout("tea", { replyTo: message, editing: undefined });
  const reloaded = open("one");
  reloaded.own("ann");
  const { replyTo } = reloaded.drafts.about("tea");
  assertEquals([reloaded.drafts.get("tea"), replyTo?.seq], ["Ann's answer", 3]);
});

Deno.test("Drafts leave a text to its writer that somebody changes elsewhere than at its end before they are known", () => {
  const area = new MemoryStorage();
  const open = (tab: string) => {
    const store = new PersonalStore(openStorage(() => area), tab);
    const drafts = new Drafts(store, tab);
    function own(person: string): void {
      const change = () => store.own("store", person) === "person";
      drafts.follow(change, { early: store.early });
    }
    return { drafts, own };
  };
  const rooms = ["lobby", "tea"];
  const closed = open("closed");
  closed.own("ann");
  for (const room of rooms) closed.drafts.set(room, "Dear boss");

  const { drafts, own } = open("one");
  assertEquals(rooms.map((room) => drafts.get(room)), ["Dear boss", "Dear boss"]);
  drafts.set("lobby", "Oh! Dear boss");
  drafts.set("tea", "Dear boss, hi");
  // It was sent in the other tab.
  closed.drafts.set("tea", "");
  own("guest");
  assertEquals(rooms.map((room) => drafts.get(room)), ["", ", hi"]);

  const back = open("one");
  back.own("ann");
  assertEquals(rooms.map((room) => back.drafts.get(room)), ["Oh! Dear boss", ""]);
});

Deno.test("Drafts of all tabs follow a room to its new address", () => {
  const storage = new MemoryStorage();
  const [one, two] = ["one", "two"].map((tab) => new Drafts(openStorage(() => storage), tab));
  one?.set("tea", "in the first");
  two?.set("tea", "in the second");
  for (const drafts of [one, two]) drafts?.move("tea", "~tea");
  assertEquals([one?.get("~tea"), two?.get("~tea")], ["in the first", "in the second"]);
  assertEquals([...two?.rooms.value ?? []], ["~tea"]);
});

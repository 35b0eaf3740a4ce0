import { assertEquals } from "../../testing/assert.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import { Drafts } from "./drafts.ts";
import { PersonalStore } from "./personal_store.ts";
import { openStorage } from "./storage.ts";

Deno.test("PersonalStore keeps people apart, and forgets one who leaves", () => {
  const area = new MemoryStorage();
  const open = () => new PersonalStore(openStorage(() => area));
  const ann = open();
  ann.set("draft.a", "written before anyone was known");
  assertEquals(ann.own("s", "ann"), "first");
  assertEquals(ann.get("draft.a"), "written before anyone was known");
  const bob = open();
  assertEquals(bob.own("s", "bob"), "person");
  assertEquals(bob.keys(""), []);
  bob.set("draft.a", "Bob's");
  const again = open();
  assertEquals(again.own("s", "ann"), "person");
  assertEquals(again.get("draft.a"), "written before anyone was known");
  again.clear();
  const next = open();
  assertEquals(next.own("s", "eve"), "first");
  assertEquals(next.keys(""), []);
  assertEquals([...Array(area.length).keys()].map((i) => area.key(i)).sort(), [
    "hubbub.of.s/bob.draft.a",
    "hubbub.owner",
  ]);
});

Deno.test("PersonalStore takes a person's things to another store, without the read markers", () => {
  const area = new MemoryStorage();
  const store = new PersonalStore(openStorage(() => area));
  store.own("old", "ann");
  for (const key of ["draft.a", "rooms", "read.lobby"]) store.set(key, "x");
  assertEquals(store.own("new", "ann"), "store");
  assertEquals(store.keys("").sort(), ["draft.a", "rooms"]);
});

Deno.test("Drafts of two tabs never overwrite each other", () => {
  const area = new MemoryStorage();
  const shared = openStorage(() => area);
  const [one, two] = [new Drafts(shared, "1"), new Drafts(shared, "2")];
  one.set("lobby", "in the first");
  two.set("lobby", "in the second");
  assertEquals([one.get("lobby"), two.get("lobby")], ["in the first", "in the second"]);
  two.set("lobby", "");
  assertEquals(new Drafts(shared, "1").get("lobby"), "in the first");
  // A tab that was closed leaves its draft to the next one, once.
  const three = new Drafts(shared, "3");
  assertEquals(three.get("lobby"), "in the first");
  three.set("lobby", "in the first, and more");
  three.set("lobby", "");
  assertEquals(new Drafts(shared, "4").get("lobby"), "");
});

Deno.test("PersonalStore of a guest is not left for another guest: without cookies tabs would load each other without end", () => {
  const area = new MemoryStorage();
  const shared = openStorage(() => area);
  let guests = 0;
  const enter = () => {
    const store = new PersonalStore(shared);
    store.own("s", `guest-${++guests}`, { isGuest: true });
    return store;
  };
  const isLeft = (tab: PersonalStore, isGuest = true) =>
    tab.isLeftBy("owner", shared.get("owner") ?? "", { isGuest });
  let [one, other] = [enter(), enter()];
  for (let turn = 0; turn < 10 && isLeft(one); turn++) [one, other] = [other, enter()];
  assertEquals(guests, 2);

  // A person with a name leaves guests, and a session that has ended leaves everyone.
  assertEquals(isLeft(one, false), true);
  other.own("s", "ann");
  assertEquals(isLeft(one), true);
  other.clear();
  assertEquals(isLeft(one), true);
});

Deno.test("PersonalStore gives what waits to be sent to whoever has written it, also if the page was loaded again", () => {
  const area = new MemoryStorage();
  const open = () => new PersonalStore(openStorage(() => area));
  const ann = open();
  ann.own("s", "ann");
  ann.set("outbox.old", "Ann's");
  // Her session has ended, and the server has not said so yet.
  const first = open();
  first.set("outbox.new", "the guest's");
  first.set("outbox.old", "Ann's, and her file is lost");
  const again = open();
  again.own("s", "guest");
  assertEquals(again.keys(""), ["outbox.new"]);
  const back = open();
  back.own("s", "ann");
  assertEquals(back.keys(""), ["outbox.old"]);
  back.set("outbox.later", "Ann's");
  const next = open();
  next.own("s", "bob");
  assertEquals(next.keys(""), []);
});

Deno.test("PersonalStore gives back to its owner what someone else has changed before they were known", () => {
  const area = new MemoryStorage();
  const open = () => new PersonalStore(openStorage(() => area));
  const ann = open();
  ann.own("s", "ann");
  ann.set("draft.tea.1", "Ann's draft");
  ann.set("outbox.old", "Ann's message");
  const first = open();
  first.set("draft.tea.1", "the guest's");
  first.set("file.f", "the guest's file");
  const again = open();
  again.set("draft.tea.1", "more of the guest's");
  again.remove("outbox.old");
  assertEquals(again.early, ["file.f"]);
  again.own("s", "guest");
  assertEquals([again.keys(""), again.get("file.f"), again.early], [
    ["file.f"],
    "the guest's file",
    [],
  ]);
  const back = open();
  back.own("s", "ann");
  assertEquals(back.keys("").sort().map((key) => back.get(key)), ["Ann's draft", "Ann's message"]);
  // She changes her own: nothing of that is undone.
  const own = open();
  own.set("draft.tea.1", "Ann's, and more");
  own.own("s", "ann");
  open().own("s", "guest");
  const last = open();
  last.own("s", "ann");
  assertEquals(last.get("draft.tea.1"), "Ann's, and more");
});

Deno.test("PersonalStore keeps nothing that is written between the end of a session and that of the page", () => {
  const area = new MemoryStorage();
  const open = () => new PersonalStore(openStorage(() => area));
  const ann = open();
  ann.own("s", "ann");
  ann.clear();
  ann.set("file.f", "Ann's upload");
  const bob = open();
  bob.own("s", "bob");
  assertEquals(bob.keys(""), []);
});

Deno.test("PersonalStore leaves to each tab what was written there before anyone was known", () => {
  const area = new MemoryStorage();
  const open = (tab: string) => new PersonalStore(openStorage(() => area), tab);
  open("one").own("s", "ann");
  const [one, two, closed] = [open("one"), open("two"), open("closed")];
  one.set("outbox.one", "the guest's");
  two.set("outbox.two", "the guest's in the second");
  two.set("draft.tea.two", "half a thought");
  closed.set("outbox.closed", "Ann's, of whom nobody has heard since");
  open("other").own("s", "ann");
  assertEquals([one.own("s", "guest"), one.moved, one.keys("")], [
    "person",
    ["outbox.one"],
    ["outbox.one"],
  ]);
  // The page was loaded again, as another tab's person had changed.
  const again = open("two");
  assertEquals([again.own("s", "guest"), again.moved], ["person", ["outbox.two"]]);
  assertEquals(again.get("outbox.two"), "the guest's in the second");
  const back = open("one");
  back.own("s", "ann");
  assertEquals([back.moved, back.keys("").sort()], [[], ["draft.tea.two", "outbox.closed"]]);
});

Deno.test("PersonalStore forgets the person who logs out, though the server has named a guest meanwhile", () => {
  const area = new MemoryStorage();
  const store = new PersonalStore(openStorage(() => area));
  store.own("s", "ann");
  store.set("draft.a", "Ann's");
  const { owner } = store;
  store.own("s", "guest", { isGuest: true });
  store.clear(owner);
  const back = new PersonalStore(openStorage(() => area));
  back.own("s", "ann");
  assertEquals(back.keys(""), []);
});

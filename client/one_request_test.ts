/** A client reads its next command when the one before is answered, whatever else it is sent meanwhile. */
import { setImmediate } from "node:timers";
import { assert, assertEquals } from "../testing/assert.ts";
import { ConnectedClient } from "../testing/connected_client.ts";
import { HubOnState } from "../testing/hub_on_state.ts";

/** The turns of the event loop that a slow disk takes. */
const SLOW_TURNS = 20;

/** A connected client, and the most of its commands that were under way at once. */
class Fixture extends HubOnState {
  readonly ann = this.person("ann");
  readonly connected = new ConnectedClient(this, this.ann.user);
  most = 0;
  #underWay = 0;

  static async start(): Promise<Fixture> {
    const fixture = new Fixture();
    await fixture.join(fixture.ann, "lobby");
    fixture.hub.command(fixture.ann, { type: "send", room: "lobby", id: "m1", text: "hello" });
    await fixture.ann.first("message");
    return fixture;
  }

  begin(): void {
    this.most = Math.max(this.most, ++this.#underWay);
  }

  end(): void {
    this.#underWay--;
  }

  /** Lets each read of the log take some turns of the event loop, and counts it. */
  readSlowly(): void {
    const { messages } = this.store;
    const read = messages.read.bind(messages);
    messages.read = async (query) => {
      this.begin();
      for (let i = 0; i < SLOW_TURNS; i++) await new Promise((resolve) => setImmediate(resolve));
      this.end();
      return await read(query);
    };
  }

  /** Has the client read commands, and resolves when it gives the last of them, which is a `profile`. */
  async read(...commands: readonly object[]): Promise<void> {
    const { hub } = this;
    const command = hub.command.bind(hub);
    const { promise, resolve } = Promise.withResolvers<void>();
    hub.command = (sender, line) => {
      if (line.type === "profile") resolve();
      return command(sender, line);
    };
    await this.connected.client;
    const socket = await this.connected.socket;
    const lines = [...commands, { type: "profile", person: this.ann.user.id }];
    const data = lines.map((line) => JSON.stringify(line)).join("\n");
    socket.dispatchEvent(new MessageEvent("message", { data }));
    await Promise.race([
      promise,
      this.connected.left.then(({ reason }) => assertEquals(reason, "")),
    ]);
    hub.command = command;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    (await this.connected.client).logout();
    await this.connected[Symbol.asyncDispose]();
    await super[Symbol.asyncDispose]();
  }
}

const JOIN = { type: "join", room: "lobby" };
const LEAVE = { type: "leave", room: "lobby" };
const HISTORY = { type: "history", room: "lobby", before: 2, limit: 200 };
const CREATE = { type: "create", kind: "public", room: "staff", title: "", topic: "" } as const;
const REACTION = { type: "react", room: "lobby", seq: 1, emoji: "👍", on: true, id: "r1" };

/** A message that is refused, with a `ref` that another command has, too. */
function refused(id: string): object {
  return { type: "send", room: "nowhere", id, text: "x" };
}

Deno.test("Client has one action under way, also if messages with the same id are refused", async () => {
  await using the = await Fixture.start();
  const { actions, messages } = the.store;
  const [handle, answer] = [actions.handle.bind(actions), messages.answer.bind(messages)];
  actions.handle = (...given) => {
    the.begin();
    return handle(...given);
  };
  messages.answer = (...given) => {
    the.end();
    answer(...given);
  };
  const react = (i: number, id: string) => ({ ...REACTION, on: i % 2 === 0, id });
  const pairs = Array.from({ length: 10 }, (_, i) => [refused(`a${i}`), react(i, `a${i}`)]);
  const more = Array.from({ length: 10 }, (_, i) => react(i, `b${i}`));
  await the.read(...pairs.flat(), ...more);
  assertEquals(the.most, 1);
});

Deno.test("Client has one history under way, also if messages whose id is the room are refused", async () => {
  await using the = await Fixture.start();
  await the.read(JOIN);
  the.readSlowly();
  await the.read(...Array.from({ length: 5 }, () => [refused("lobby"), HISTORY]).flat());
  assertEquals(the.most, 1);
});

Deno.test("Client has one join under way, also if its typing in the room is refused", async () => {
  await using the = await Fixture.start();
  the.readSlowly();
  const rooms = ["tea", "soup", "cake", "corn"];
  await the.read(...rooms.flatMap((room) => [{ type: "typing", room }, { type: "join", room }]));
  assertEquals(the.most, 1);
});

Deno.test("Client waits for its own leave, also if it is put out of the room meanwhile", async () => {
  await using the = await Fixture.start();
  const boss = the.person("boss", "admin").user.id;
  await the.read(JOIN);
  const { memberships } = the.store;
  const leave = memberships.leave.bind(memberships);
  let isOver = false;
  memberships.leave = (by, room, { onNone, onFailure }) => {
    const over = () => {
      isOver = true;
      onNone();
    };
    const isMember = leave(by, room, { onNone: over, onFailure });
    the.append({ type: "room_removal", room, person: the.ann.user.id, reason: "", by: boss });
    return isMember;
  };
  await the.read(LEAVE);
  assert(isOver);
});

/** Ways in which the last of some commands is answered. */
const WAYS: Readonly<Record<string, readonly object[]>> = {
  "a join": [JOIN],
  "a join of no room": [{ type: "join", room: "attic", create: false }],
  "a join of one room too many": Array.from({ length: 10 }, (_, i) => ({ ...JOIN, room: `r${i}` })),
  "a leave of a member": [JOIN, LEAVE],
  "a leave by a member who stays one": [JOIN, { type: "leave", room: "lobby", keep: true }],
  "a leave of a room that it is not in": [{ type: "leave", room: "tea" }],
  "a history": [JOIN, HISTORY],
  "a history of a room that it is not in": [HISTORY],
  "a list of rooms": [{ type: "rooms" }],
  "an action": [REACTION],
  "an action that changes nothing": [REACTION, REACTION],
  "an action that is refused": [{ ...REACTION, seq: 2 }],
  "an action without an id": [{ ...REACTION, id: undefined }],
};

for (const [way, commands] of Object.entries(WAYS)) {
  Deno.test(`Client reads on after ${way}`, async () => {
    await using the = await Fixture.start();
    await the.read(...commands);
  });
}

/** What refuses a command, and the command. */
const REFUSALS: Readonly<Record<string, readonly [object, (the: Fixture) => unknown]>> = {
  "a join that can't be read": [JOIN, ({ store }) => store.messages.read = reject],
  "a history that can't be read": [HISTORY, ({ store }) => store.messages.read = reject],
  "rooms that can't be read": [{ type: "rooms" }, ({ store }) => store.messages.rooms = reject],
  "a leave that can't be stored": [LEAVE, ({ store }) => store.events.append = reject],
  "an action that can't be stored": [REACTION, ({ store }) => store.events.append = reject],
  "an action when too many wait": [REACTION, ({ store }) => store.actions.turn = reject],
  "a join of a room that has moved": [{ ...JOIN, room: "staff" }, async (the) => {
    await the.ask(the.ann, CREATE);
    await the.ask(the.ann, { type: "make_private", room: "staff" });
  }],
  "a room that is one too many": [
    CREATE,
    ({ store }) => Object.defineProperty(store.messages, "roomCount", { value: 10_000 }),
  ],
  "an action when it is muted": [
    REACTION,
    (the) => {
      const by = the.person("boss", "admin").user.id;
      the.append({ type: "mute", person: the.ann.user.id, by });
    },
  ],
};

for (const [what, [command, prepare]] of Object.entries(REFUSALS)) {
  Deno.test(`Client reads on after ${what}`, async () => {
    await using the = await Fixture.start();
    await the.read(JOIN);
    await prepare(the);
    await the.read(command);
  });
}

function reject(): Promise<never> {
  return Promise.reject(new Error("the disk is broken"));
}

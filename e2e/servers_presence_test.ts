/** Checks that all servers agree on people's rooms and names, whichever is asked. */
import type { ServerLine, User } from "../protocol/mod.ts";
import { delay } from "../lib/std.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { browser, ChatClient, range } from "../testing/chat_client.ts";
import { withoutNats } from "../testing/nats.ts";
import { pick, seeded } from "../testing/random.ts";
import { Servers } from "../testing/servers.ts";
import { DeliveryChecker } from "../testing/delivery_checker.ts";
import { RoomView } from "../testing/room_view.ts";

const SERVERS = 3;
const PEOPLE = 30;
const CLIENTS = 45;
const ROOMS = ["red", "green", "blue"];
const STEPS = 1000;
/** Few enough that some are taken. */
const NAMES = 60;
/** The longest that all may take to agree once nothing is under way any more, in ms: it is less than a second. */
const AGREE_MS = 60_000;
/** Lines that say nothing of who is where. */
const OTHER_LINES = ["hello", "you", "state", "room", "member"];

Deno.test({
  name: "three servers agree on members and names after a storm",
  ignore: withoutNats(),
  fn: async (t) => {
    const random = seeded(20_261_123);
    await using servers = await Servers.start(SERVERS);
    await using stack = new AsyncDisposableStack();
    const port = () => pick(random, servers.ports);
    const people = await Promise.all(range(1, PEOPLE).map(() => browser(port())));
    const connect = async () => stack.use(await Member.connect(port(), pick(random, people)));
    let members = await Promise.all(range(1, CLIENTS).map(connect));

    for (let step = 0; step < STEPS; step++) {
      const member = pick(random, members);
      const chance = random();
      if (chance < 0.80) member.toggle(pick(random, ROOMS));
      else if (chance < 0.95) member.rename(`name ${Math.floor(random() * NAMES)}`);
      else {
        members = members.filter((other) => other !== member);
        await member[Symbol.asyncDispose]();
        members.push(await connect());
      }
      if (random() < 0.1) await delay(20 * random());
    }
    await Promise.all(members.map((member) => member.idle()));
    const quiet = performance.now();

    const insiders = (room: string) => members.filter((member) => member.isIn(room));
    const ids = new Set(members.map(({ id }) => id));
    /**
     * Collects what is known of every room: to a new client on each server, and to all who are in
     * it.
     */
    const opinions = async () => {
      const fresh = await Promise.all(servers.ports.map(askAnew));
      return ROOMS.map((room) =>
        [
          ...fresh.map((lists) => lists.get(room)),
          ...insiders(room).map((member) => member.list(room)),
        ]
          .map((users = []) => listOf(users, ids))
      );
    };
    let asked: number;
    let told: string[][];
    do {
      asked = performance.now() - quiet;
      told = await opinions();
    } while (asked < AGREE_MS && told.some((lists) => new Set(lists).size > 1));

    const answered = performance.now() - quiet;

    const names = new Map(await Promise.all(people.map((cookie) => whoIs(port(), cookie))));
    for (const [i, room] of ROOMS.entries()) {
      const truth = insiders(room).map(({ id }) => ({ id, name: names.get(id) ?? "" }));
      assertEquals([...new Set(told[i])], [listOf(truth, ids)]);
      assert(truth.length > CLIENTS / 5);
    }
    const refused = members.filter(({ refused }) => refused).length;
    await t.step(
      `they agreed ${asked.toFixed()} to ${answered.toFixed()} ms after quiet; ${refused} had a name refused`,
      () => assert(refused > 0),
    );
  },
});

Deno.test({
  name: "two servers give a name to one of two people who ask at once, 100 times",
  ignore: withoutNats(),
  fn: async () => {
    await using servers = await Servers.start(2);
    await using stack = new AsyncDisposableStack();
    // Each is refused only a few times, as too many errors end a connection.
    for (let pair = 0; pair < 10; pair++) {
      const members = await Promise.all(
        servers.ports.map(async (port) =>
          stack.use(await Member.connect(port, await browser(port)))
        ),
      );
      for (let round = 0; round < 10; round++) {
        const name = `name ${pair}-${round}`;
        for (const member of members) member.rename(name);
        await Promise.all(members.map((member) => member.idle()));
        assertEquals(members.map((member) => member.name === name).toSorted(), [false, true]);
      }
    }
  },
});

/** The people in each room, as a client that connects to a server now receives them. */
async function askAnew(port: number): Promise<Map<string, readonly User[]>> {
  await using client = await ChatClient.open(port);
  const lists = new Map<string, readonly User[]>();
  for (const room of ROOMS) lists.set(room, (await client.join(room)).members);
  return lists;
}

/** The id and the name of a browser's person, as the store has it. */
async function whoIs(port: number, cookie: Cookie): Promise<[id: string, name: string]> {
  await using client = await ChatClient.open(port, cookie);
  return [client.user.id, client.user.name];
}

/** One text for the same names of the same people, whatever their order; of those with these ids. */
function listOf(users: readonly User[], ids: ReadonlySet<string>): string {
  const known = users.filter(({ id }) => ids.has(id)).map(({ id, name }) => `${id} ${name}`);
  return [...new Set(known)].toSorted().join("\n");
}

type Cookie = { cookie: string };

/**
 * A connection of a person, who may have others. It knows the members of rooms by what it received.
 */
class Member implements AsyncDisposable {
  /** The last name it was given. */
  name = "";
  /** Whether another person had a name that it asked for. */
  refused = false;
  readonly #client: ChatClient;
  readonly #views = new Map(ROOMS.map((room) => [room, new RoomView(new DeliveryChecker(), room)]));
  /** The rooms of which the answer has not come. */
  readonly #asked = new Set<string>();
  /** The name that it has asked for. */
  #wanted: string | undefined;
  #read = 0;

  private constructor(client: ChatClient) {
    this.#client = client;
  }

  static async connect(port: number, cookie: Cookie): Promise<Member> {
    return new Member(await ChatClient.open(port, cookie));
  }

  get id(): string {
    return this.#client.user.id;
  }

  /** Enters or leaves a room, unless it is about to. */
  toggle(room: string): void {
    if (this.#asked.has(room)) return;
    this.#client.send({ type: this.isIn(room) ? "leave" : "join", room });
    this.#asked.add(room);
  }

  /** Asks for a name, unless it has not been answered yet. */
  rename(name: string): void {
    this.#catchUp();
    if (this.#wanted !== undefined) return;
    this.#client.send({ type: "name", name });
    this.#wanted = name;
  }

  /** Resolves when all is answered. */
  async idle(): Promise<void> {
    await this.#client.until(() => {
      this.#catchUp();
      return this.#asked.size === 0 && this.#wanted === undefined;
    });
  }

  isIn(room: string): boolean {
    this.#catchUp();
    return this.#views.get(room)?.inside === true;
  }

  /** The people in a room. */
  list(room: string): User[] {
    this.#catchUp();
    return [...this.#views.get(room)?.members ?? []].map(([id, name]) => ({ id, name }));
  }

  #catchUp(): void {
    for (const line of this.#client.lines.slice(this.#read)) {
      this.#read++;
      this.#take(line);
    }
  }

  #take(line: ServerLine): void {
    if (line.type === "joined" || line.type === "left") this.#asked.delete(line.room);
    if (line.type === "joined") this.#views.get(line.room)?.enter(line);
    else if (line.type === "left") this.#views.get(line.room)?.leave();
    else if (line.type === "presence") this.#views.get(line.room)?.notice(line);
    else if (line.type === "renamed") {
      for (const view of this.#views.values()) view.rename(line.user);
      const { id, name } = line.user;
      if (id !== this.id) return;
      this.name = name;
      if (name === this.#wanted) this.#wanted = undefined;
    } else if (line.type === "error" && line.code === "rate_limited") {
      this.#wanted = undefined;
    } else if (line.type === "error" && line.code === "name_taken") {
      this.#wanted = undefined;
      this.refused = true;
    } else assert(OTHER_LINES.includes(line.type), `received ${line.type}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }
}

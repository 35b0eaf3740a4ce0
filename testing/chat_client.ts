/**
 * Clients of `hubbub.v1` over real sockets, and what a test needs to say who they are.
 *
 * @module
 */
import { assert } from "./assert.ts";
import { type Message, parseLine, PROTOCOL, type ServerLine, type User } from "../protocol/mod.ts";
import { handshake, RawConnection, TestSocket } from "./sockets.ts";

/** A line from the server, by its type. */
export type LineOf<Type extends ServerLine["type"]> = Extract<ServerLine, { type: Type }>;

/** A connection that speaks `hubbub.v1` and keeps all lines it received. Disposing closes it. */
export class ChatClient implements AsyncDisposable {
  readonly #lines: ServerLine[] = [];
  readonly #socket: TestSocket;
  readonly #taken = new Set<ServerLine>();

  private constructor(socket: TestSocket) {
    this.#socket = socket;
  }

  /** Connects, with `headers` in the handshake; resolves when `hello` has come. */
  static async open(port: number, headers: Record<string, string> = {}): Promise<ChatClient> {
    const socket = await TestSocket.open(port, "/ws", { headers, protocols: [PROTOCOL] });
    const client = new ChatClient(socket);
    await socket.received(1);
    return client;
  }

  /** Connects and joins `rooms`. */
  static async enter(
    port: number,
    rooms: string[] = ["lobby"],
    headers: Record<string, string> = {},
  ): Promise<ChatClient> {
    const client = await ChatClient.open(port, headers);
    for (const room of rooms) await client.join(room);
    return client;
  }

  /** All lines so far. */
  get lines(): readonly ServerLine[] {
    for (const text of this.#socket.lines.slice(this.#lines.length)) {
      const line = parseLine(text);
      if (line === undefined) throw new Error(`Received no line of ${PROTOCOL}: ${text}`);
      this.#lines.push(line);
    }
    return this.#lines;
  }

  /** The close event's code and reason. */
  get closed(): Promise<{ code: number; reason: string }> {
    return this.#socket.closed;
  }

  /** The number of frames that the lines arrived in. */
  get frames(): number {
    return this.#socket.frames;
  }

  get hello(): LineOf<"hello"> {
    const first = this.lines[0];
    if (first?.type !== "hello") throw new Error(`Expected hello, received ${first?.type}`);
    return first;
  }

  /** The person that this client was when it connected. */
  get user(): User {
    return this.hello.user;
  }

  /** Sends commands, all in one frame; a text goes as it stands. */
  send(...commands: (object | string)[]): void {
    this.#socket.send(
      commands.map((line) => typeof line === "string" ? line : JSON.stringify(line)).join("\n"),
    );
  }

  /** Resolves when `condition` holds, which is looked at with every frame. */
  until(condition: () => boolean): Promise<void> {
    return this.#socket.until(condition);
  }

  /**
   * Takes the first line of a type not yet taken, that fulfils `where`; waits for it.
   */
  async take<Type extends ServerLine["type"]>(
    type: Type,
    where: (line: LineOf<Type>) => boolean = () => true,
  ): Promise<LineOf<Type>> {
    const isWanted = (line: ServerLine): line is LineOf<Type> =>
      isOf(line, type) && where(line) && !this.#taken.has(line);
    let line: LineOf<Type> | undefined;
    await this.#socket.until(() => (line ??= this.lines.find(isWanted)) !== undefined);
    if (line === undefined) throw new Error(`No ${type} came`);
    this.#taken.add(line);
    return line;
  }

  /** Joins a room and takes the answer. */
  async join(room: string, after?: number): Promise<LineOf<"joined">> {
    this.send({ type: "join", room, after });
    return await this.take("joined", (line) => line.room === room);
  }

  /** Sends a text and takes the message that comes back. */
  async say(text: string, room = "lobby", id: string = crypto.randomUUID()): Promise<Message> {
    this.send({ type: "send", room, id, text });
    const { type: _, ...message } = await this.take(
      "message",
      (line) => line.room === room && line.id === id,
    );
    return message;
  }

  /** Gives a command with an id, and returns the answer, perhaps an error. */
  async ask(command: object): Promise<ServerLine> {
    const id = crypto.randomUUID();
    this.send({ ...command, id });
    const isAnswer = (line: ServerLine) =>
      line.type === "error" ? line.ref === id : "id" in line && line.id === id;
    await this.until(() => this.lines.some(isAnswer));
    const answer = this.lines.find(isAnswer);
    assert(answer !== undefined);
    return answer;
  }

  /** Gives a command that must succeed, and returns the answer. */
  async succeed(command: object): Promise<Exclude<ServerLine, { type: "error" }>> {
    const answer = await this.ask(command);
    assert(answer.type !== "error", JSON.stringify(answer));
    return answer;
  }

  /** Sends a line that is refused and takes the answer. */
  async refused(line: object | string): Promise<LineOf<"error">> {
    this.send(line);
    return await this.take("error");
  }

  /** The lines of a type that have come when all that was sent before is answered. */
  async settled<Type extends ServerLine["type"]>(type: Type): Promise<LineOf<Type>[]> {
    this.send({ type: "rooms" });
    await this.take("rooms");
    return this.lines.filter((line) => isOf(line, type));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#socket[Symbol.asyncDispose]();
  }
}

function isOf<Type extends ServerLine["type"]>(
  line: ServerLine,
  type: Type,
): line is LineOf<Type> {
  return line.type === type;
}

/** The `seq` of each message. */
export function seqs(messages: readonly Message[]): number[] {
  return messages.map(({ seq }) => seq);
}

/** The whole numbers from `first` to `last`. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Asks for a WebSocket and cuts it: the answer's status and headers. */
export async function upgrade(
  port: number,
  headers: Record<string, string> = {},
  { path = "/ws", protocol = PROTOCOL }: { path?: string; protocol?: string | null } = {},
): Promise<{ status: number; headers: Headers }> {
  using connection = await RawConnection.connect(port);
  await connection.write(handshake({ "Sec-WebSocket-Protocol": protocol, ...headers }, path));
  const [start = "", ...rest] = (await connection.readHead()).trimEnd().split("\r\n");
  const pairs = rest.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { status: Number(start.split(" ")[1]), headers: new Headers(pairs) };
}

/** The session cookie that an answer sets, as a request sends it back. */
export function cookieIn({ headers }: { headers: Headers }): string {
  const cookie = /^([^=]+=[^;]+);/.exec(headers.get("set-cookie") ?? "")?.[1];
  if (cookie === undefined) throw new Error("Expected a cookie, received none");
  return cookie;
}

/** The headers of a new browser: a cookie that the server gave it. */
export async function browser(port: number): Promise<{ cookie: string }> {
  return { cookie: cookieIn(await upgrade(port)) };
}

/** The headers of a client that authorizes itself by Basic. */
export function basic(credentials: string): { authorization: string } {
  const bytes = new TextEncoder().encode(credentials);
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

/** Posts to a server as a browser or a program would, and does not follow where it leads. */
export async function post(
  hubbub: { url(path: string): string },
  path: string,
  { body, headers = {} }: { body?: BodyInit; headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Headers; text: string }> {
  const answer = await fetch(hubbub.url(path), {
    method: "POST",
    redirect: "manual",
    headers,
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

/** Posts JSON to `/login`. */
export function login(
  hubbub: { url(path: string): string },
  form: object,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; text: string }> {
  return post(hubbub, "/login", {
    body: JSON.stringify(form),
    headers: { "content-type": "application/json", ...headers },
  });
}

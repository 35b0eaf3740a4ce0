/**
 * A server of `hubbub.v1` that says what a test tells it to, over real sockets.
 *
 * @module
 */
import {
  type Command,
  frameLines,
  parseCommand,
  printLine,
  PROTOCOL,
  type ServerLine,
} from "../protocol/mod.ts";
import { Channel } from "../lib/channel.ts";

/** One connection, seen from the server. */
export class ScriptedClient {
  readonly #socket: WebSocket;
  readonly #commands = new Channel<Command>({ capacity: Infinity });

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      for (const line of frameLines(String(data))) {
        const command = parseCommand(line, { message: 4096 });
        if (command.type !== "error") this.#commands.trySend(command);
      }
    };
    socket.onclose = () => this.#commands.close();
  }

  /** Says some lines in one frame. */
  say(...lines: ServerLine[]): void {
    this.#socket.send(lines.map(printLine).join("\n"));
  }

  /**
   * The next command of a type; those of other types before it are skipped.
   *
   * @throws {Error} when the connection ends instead.
   */
  async hear<T extends Command["type"]>(type: T): Promise<Extract<Command, { type: T }>> {
    while (await this.#commands.wait()) {
      for (const command of this.#commands.take(1)) if (isOf(command, type)) return command;
    }
    throw new Error(`Cannot hear "${type}": the connection ended`);
  }

  /** Ends the connection. */
  cut(): void {
    this.#socket.close();
  }
}

function isOf<T extends Command["type"]>(
  command: Command,
  type: T,
): command is Extract<Command, { type: T }> {
  return command.type === type;
}

/** A server whose every connection is played by the test. */
export class ScriptedServer implements AsyncDisposable {
  readonly #clients = new Channel<ScriptedClient>({ capacity: Infinity });
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #sockets = new Set<WebSocket>();

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request, { protocol: PROTOCOL });
      this.#sockets.add(socket);
      socket.onopen = () => this.#clients.trySend(new ScriptedClient(socket));
      return response;
    });
  }

  /** The address of the WebSocket. */
  get url(): string {
    return `ws://127.0.0.1:${this.#server.addr.port}/ws`;
  }

  /** The next connection. */
  async accept(): Promise<ScriptedClient> {
    await this.#clients.wait();
    const [client] = this.#clients.take(1);
    if (!client) throw new Error("Cannot accept: the server was disposed");
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#clients.close();
    for (const socket of this.#sockets) socket.close();
    await this.#server.shutdown();
  }
}

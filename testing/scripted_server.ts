/**
 * A server of `hubbub.v1` that sends what a test wants, over real sockets.
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

  /** Sends some lines in one frame. */
  send(...lines: ServerLine[]): void {
    this.#socket.send(lines.map(printLine).join("\n"));
  }

  /**
   * The next command of a type; those of other types before it are skipped.
   *
   * @throws {Error} when the connection ends instead.
   */
  async receive<T extends Command["type"]>(type: T): Promise<Extract<Command, { type: T }>> {
    for await (const command of this.#commands) if (isOf(command, type)) return command;
    throw new Error(`Cannot receive "${type}": the connection ended`);
  }

  /** Ends the connection, without a code by default. */
  cut(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }
}

function isOf<T extends Command["type"]>(
  command: Command,
  type: T,
): command is Extract<Command, { type: T }> {
  return command.type === type;
}

/** A server whose connections are all played by the test. */
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
    for await (const client of this.#clients) return client;
    throw new Error("Cannot accept: the server was disposed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#clients.close();
    for (const socket of this.#sockets) socket.close();
    await this.#server.shutdown();
  }
}

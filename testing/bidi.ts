/**
 * WebDriver BiDi, the protocol that drives a browser over a WebSocket: https://w3c.github.io/webdriver-bidi/.
 *
 * @module
 */
import { deadline } from "../lib/std.ts";

/** An object of the protocol. */
export type BidiObject = { readonly [key: string]: unknown };

/** The longest time, in ms, until an answer: a browser on a busy machine needs many seconds for some. */
const ANSWER_MS = 180_000;

/** A session of a browser. */
export class BidiSession implements Disposable {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<BidiObject>>();
  readonly #onEvent: (method: string, params: BidiObject) => void;
  #commands = 0;

  private constructor(socket: WebSocket, onEvent: (method: string, params: BidiObject) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    socket.onmessage = ({ data }) => this.#receive(object(JSON.parse(String(data))));
    socket.onclose = () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("The browser has ended"));
      this.#waiting.clear();
    };
  }

  /**
   * Begins a session.
   *
   * @param url the browser's WebSocket
   */
  static async begin(
    url: string,
    onEvent: (method: string, params: BidiObject) => void,
  ): Promise<BidiSession> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error(`Cannot connect to the browser at ${url}`));
    });
    const session = new BidiSession(socket, onEvent);
    await session.send("session.new", { capabilities: {} });
    return session;
  }

  /**
   * Sends a command and returns its result.
   *
   * @throws {Error} when the browser refuses it
   */
  send(method: string, params: BidiObject): Promise<BidiObject> {
    const id = ++this.#commands;
    const answer = Promise.withResolvers<BidiObject>();
    this.#waiting.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return deadline(answer.promise, ANSWER_MS).catch((cause) => {
      throw new Error(`Cannot do ${method} ${JSON.stringify(params).slice(0, 300)}`, { cause });
    });
  }

  #receive(line: BidiObject): void {
    if (line.type === "event") return this.#onEvent(String(line.method), object(line.params));
    const answer = this.#waiting.get(Number(line.id));
    this.#waiting.delete(Number(line.id));
    if (line.type === "success") answer?.resolve(object(line.result));
    else answer?.reject(new Error(`${line.error}: ${line.message}`));
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** A value as an object of the protocol; an empty one if it is none. */
export function object(value: unknown): BidiObject {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/**
 * Clients of a hub without a socket.
 *
 * @module
 */
import { frameOfLine } from "../hub/frames.ts";
import type { Format, Frame } from "../protocol/frame.ts";
import { parseLine, type ServerLine, type User } from "../protocol/mod.ts";
import type { Proof, SessionKey } from "../protocol/sessions.ts";
import type { Closing } from "../hub/effects.ts";
import type { Subscriber } from "../hub/room.ts";
import { assert } from "./assert.ts";
import type { LineOf } from "./chat_client.ts";

/** A subscriber that keeps what it is given, up to a number of frames. */
export class Recorder implements Subscriber {
  readonly format: Format;
  user: User;
  readonly network: string;
  session?: SessionKey;
  proof?: Proof;
  left = false;
  readonly frames: Frame[] = [];
  end: "drained" | "released" | "dropped" | "dismissed" | "failed" | undefined;
  /** The close frame of one that was dismissed. */
  closing: Closing | undefined;
  readonly #capacity: number;
  #wake = () => {};

  constructor(
    name: string,
    { capacity = Infinity, format = "json" as Format, network = "192.0.2.1" } = {},
  ) {
    this.user = { id: `id-of-${name}`, name };
    this.format = format;
    this.network = network;
    this.#capacity = capacity;
  }

  get lines(): ServerLine[] {
    return this.frames.flatMap(linesOf);
  }

  /** The texts of the messages it got live. */
  get texts(): string[] {
    return this.all("message").map((line) => line.text);
  }

  /** All lines of a type. */
  all<Type extends ServerLine["type"]>(type: Type): LineOf<Type>[] {
    return this.lines.filter((line): line is LineOf<Type> => line.type === type);
  }

  /** Resolves once a line of a type is there that fulfils `where`; to the first one. */
  async first<Type extends ServerLine["type"]>(
    type: Type,
    where: (line: LineOf<Type>) => boolean = () => true,
  ): Promise<LineOf<Type>> {
    let line = this.all(type).find(where);
    await this.until(() => (line ??= this.all(type).find(where)) !== undefined);
    assert(line !== undefined);
    return line;
  }

  /** Resolves once a condition holds, which is looked at with every frame. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = this.#wake;
      this.#wake = () => {
        wake();
        resolve();
      };
      await promise;
    }
  }

  offer(frames: readonly Frame[]): boolean {
    if (this.frames.length >= this.#capacity) return false;
    this.frames.push(...frames);
    this.#wake();
    return true;
  }

  reply(line: ServerLine): boolean {
    const frame = frameOfLine(line, this.format);
    return frame === undefined || this.offer([frame]);
  }

  welcome(): void {}

  drop(): void {
    this.end = "dropped";
  }

  dismiss(closing: Closing): void {
    this.end = "dismissed";
    this.closing = closing;
  }

  fail(): void {
    this.end = "failed";
  }

  drain(): void {
    this.end = "drained";
  }

  release(): void {
    this.end = "released";
  }
}

/** The lines of a frame. */
export function linesOf(frame: Frame): ServerLine[] {
  return frame.text.split("\n").map((line) => {
    const parsed = parseLine(line);
    assert(parsed !== undefined, line);
    return parsed;
  });
}

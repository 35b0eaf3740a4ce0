import { PROTOCOL } from "../protocol/mod.ts";
import { RawSocket } from "../testing/raw_socket.ts";
import { type PairLatency, PairMeter } from "./pair_meter.ts";

/** The room that is joined and left again, besides that of the pair. */
const SIDE_ROOM = "side";

/**
 * Two people of whom one gives commands, one after another, and measures how long their answers take: a message that
 * mentions the other one, until that one has it; a room that is joined and left again; a reaction.
 */
export class CommandPair implements Disposable {
  readonly #ann: RawSocket;
  readonly #bob: RawSocket;
  readonly #room: string;
  readonly #meter = new PairMeter();
  #given = 0;
  #answered = 0;
  #givenAt = 0;
  /** The beginning or a part of the line that answers the last command. */
  #answer = "";
  #onAnswer = () => {};

  private constructor(ann: RawSocket, bob: RawSocket, room: string) {
    this.#ann = ann;
    this.#bob = bob;
    this.#room = room;
    const decoder = new TextDecoder();
    const receive =
      (type: (line: string) => boolean) => (bytes: Uint8Array, from: number, to: number) => {
        const now = performance.now();
        for (const line of decoder.decode(bytes.subarray(from, to - 1)).split("\n")) {
          if (this.lost === 0 || !line.includes(this.#answer) || !type(line)) continue;
          this.#answered++;
          this.#meter.record(now - this.#givenAt);
          this.#onAnswer();
        }
      };
    const isMessage = (line: string) => line.startsWith('{"type":"message"');
    void ann.receive(receive((line) => !isMessage(line)));
    void bob.receive(receive(isMessage));
  }

  /** Connects both to a server on this machine, with names, in a room. */
  static async open(port: number, room: string): Promise<CommandPair> {
    const connect = () => RawSocket.connect({ port, path: "/ws", protocol: PROTOCOL });
    const pair = new CommandPair(await connect(), await connect(), room);
    for (const [name, socket] of [["ann", pair.#ann], ["bob", pair.#bob]] as const) {
      socket.send(JSON.stringify({ type: "name", name: `quiet-${name}` }));
      socket.send(JSON.stringify({ type: "join", room }));
    }
    await pair.#give({ type: "history", room, before: 1 }, '"type":"history"');
    return pair;
  }

  /** The commands that are not answered, now or ever. */
  get lost(): number {
    return this.#given - this.#answered;
  }

  /** Measures how long answers take while `run` runs. */
  async measure(run: () => Promise<void>): Promise<PairLatency> {
    const next = () => {
      // The next command follows an answer.
      if (this.lost === 0) void this.#giveNext();
    };
    return await this.#meter.measure(next, run);
  }

  /** Gives one command more and resolves when all are answered; to false if they are not in `ms`. */
  async settled(ms: number): Promise<boolean> {
    const end = performance.now() + ms;
    const answered = async () => {
      while (this.lost > 0 && performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return this.lost === 0;
    };
    if (!await answered()) return false;
    void this.#giveNext();
    return await answered();
  }

  [Symbol.dispose](): void {
    this.#ann[Symbol.dispose]();
    this.#bob[Symbol.dispose]();
  }

  #giveNext(): Promise<void> {
    const [id, room] = [`c${this.#given}`, this.#room];
    // The first one was given when they had connected.
    switch (this.#given % 4) {
      case 1:
        return this.#give({ type: "join", room: SIDE_ROOM }, '"type":"joined"');
      case 2:
        return this.#give({ type: "leave", room: SIDE_ROOM }, '"type":"left"');
      case 3:
        return this.#give({ type: "send", room, id, text: "@quiet-bob hello" }, `"id":"${id}"`);
      default: {
        const on = this.#given % 8 === 4;
        return this.#give({ type: "react", room, seq: 1, emoji: "👍", on, id }, `"id":"${id}"`);
      }
    }
  }

  /** Gives a command, and resolves when it is answered. */
  #give(command: object, answer: string): Promise<void> {
    this.#given++;
    this.#answer = answer;
    this.#givenAt = performance.now();
    this.#ann.send(JSON.stringify(command));
    return new Promise((resolve) => this.#onAnswer = resolve);
  }
}

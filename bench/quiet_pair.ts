import { RawSocket } from "../testing/raw_socket.ts";
import { type PairLatency, PairMeter } from "./pair_meter.ts";

/** Two clients that chat quietly in a room, and measure how long their messages take. */
export class QuietPair implements Disposable {
  /** The number of sockets of a pair. */
  static readonly SOCKETS = 2;
  readonly #ann: RawSocket;
  readonly #bob: RawSocket;
  #sent = 0;
  #received = 0;
  readonly #meter = new PairMeter();

  private constructor(ann: RawSocket, bob: RawSocket) {
    this.#ann = ann;
    this.#bob = bob;
    void ann.receive(() => {});
    const decoder = new TextDecoder();
    void bob.receive((bytes, from, to) => {
      const now = performance.now();
      for (const line of decoder.decode(bytes.subarray(from, to - 1)).split("\n")) {
        // The messages of the pair are times; others may write there, too.
        const delay = now - Number(line);
        if (Number.isNaN(delay)) continue;
        this.#received++;
        this.#meter.record(delay);
      }
    });
  }

  /** Connects both to a server on this machine, as plain clients in a room. */
  static async open(port: number, room: string): Promise<QuietPair> {
    const path = `/ws?room=${room}`;
    return new QuietPair(
      await RawSocket.connect({ port, path }),
      await RawSocket.connect({ port, path }),
    );
  }

  /** Messages that have not arrived, now or ever. */
  get lost(): number {
    return this.#sent - this.#received;
  }

  /** Measures how long messages take while `run` runs. */
  async measure(run: () => Promise<void>): Promise<PairLatency> {
    return await this.#meter.measure(() => this.#send(), run);
  }

  /** Sends one message and resolves when all have arrived; to false if they do not in `ms`. */
  async settled(ms: number): Promise<boolean> {
    this.#send();
    const end = performance.now() + ms;
    while (this.lost > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return this.lost === 0;
  }

  [Symbol.dispose](): void {
    this.#ann[Symbol.dispose]();
    this.#bob[Symbol.dispose]();
  }

  #send(): void {
    this.#sent++;
    this.#ann.send(String(performance.now()));
  }
}

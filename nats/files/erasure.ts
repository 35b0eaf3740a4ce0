/**
 * Erasing files in JetStream, so that one server does it, gently, and never while somebody copies them.
 *
 * @module
 */
import { parseWhole } from "./abouts.ts";
import type { FileStream } from "./stream.ts";
import { delay } from "../../lib/std.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../lib/time.ts";
import { ContentsError } from "../../state/contents.ts";

/** The needs of an {@linkcode FileErasure}. */
export interface FileErasureOptions {
  readonly stream: FileStream;
  /** Between two messages that are erased, in ms; 5 by default. */
  readonly restMs?: number | undefined;
}

const REST_MS = 5;
/** The rest after a look through all that the stream has, by the time that it took. */
const WALK_RESTS = 20;
/** A note that somebody copies files counts for so long, in ms, and is written again this often. */
const HOLD_MS = 3 * MINUTE_MS;
const HOLD_AGAIN_MS = MINUTE_MS;
/** The time after which it is certain that a server that erases a file has ended before it was through, in ms. */
const ERASING_MS = HOUR_MS;
/** The age at which data of the stream that belong to no file are erased, in ms. */
const ABANDONED_MS = DAY_MS;

/** Erases files, and what is left of some. Disposing ends what is under way. */
export class FileErasure implements AsyncDisposable {
  readonly #stream: FileStream;
  readonly #restMs: number;
  readonly #end = new AbortController();

  constructor({ stream, restMs = REST_MS }: FileErasureOptions) {
    this.#stream = stream;
    this.#restMs = restMs;
  }

  /**
   * Erases a file that no message names. Every server calls it; the first one does it.
   *
   * @throws {ContentsError} `held` while somebody copies files
   */
  async remove(id: string): Promise<void> {
    if (!await this.#stream.about(id, "whole")) return;
    // This server's clock may be wrong, and only spares a claim.
    if (await this.#isHeld(Date.now())) throw held();
    const claim = await this.#stream.store(id, "gone", "");
    if (claim === undefined) return;
    // By JetStream's clock. A copy that begins later finds the file deleted in the log.
    const at = (await this.#stream.about(id, "gone"))?.at ?? 0;
    if (await this.#isHeld(at)) {
      await this.#stream.erase(claim);
      throw held();
    }
    await this.#erase(id);
  }

  async #isHeld(now: number): Promise<boolean> {
    return (await this.#stream.holds()).some(({ at }) => Math.abs(now - at) < HOLD_MS);
  }

  /**
   * Erases an upload, even while another server does so, or finishes it: of the notes that it is whole and that it is gone,
   * all servers go by the one that is first in the stream.
   *
   * @returns false if it was whole before, and stays
   */
  async cancel(id: string): Promise<boolean> {
    const stream = this.#stream;
    const own = await stream.store(id, "gone", "");
    if (await this.isWhole(id)) {
      if (own !== undefined) await stream.erase(own);
      return false;
    }
    await this.#erase(id);
    return true;
  }

  /** Returns whether a file was whole before somebody began to erase it, and is still described. */
  async isWhole(id: string): Promise<boolean> {
    const whole = await this.#stream.about(id, "whole");
    const gone = whole && await this.#stream.about(id, "gone");
    return whole !== undefined && (gone === undefined || whole.seq < gone.seq);
  }

  /** Returns whether a file is whole, and nobody has begun to erase it. */
  async stays(id: string): Promise<boolean> {
    const whole = await this.#stream.about(id, "whole");
    return whole !== undefined && await this.#stream.about(id, "gone") === undefined;
  }

  /** Erases an upload or a file, even while another server does so. */
  async erase(id: string): Promise<void> {
    await this.#stream.store(id, "gone", "");
    await this.#erase(id);
  }

  /**
   * Erases everything of a file, also what a server has stored while another one erased the file; nobody else may be at it.
   */
  async eraseAll(id: string): Promise<void> {
    await this.#erase(id);
    const begun = performance.now();
    const left = await this.#stream.numbers(id);
    // NATS does nothing else for this server meanwhile.
    await this.#rest(WALK_RESTS * (performance.now() - begun));
    for (const number of left) {
      const part = await this.#stream.part({ id, number });
      if (part) await this.#stream.erase(part.seq);
    }
    const gone = await this.#stream.about(id, "gone");
    if (gone) await this.#stream.erase(gone.seq);
  }

  /** Erases a file's data. The note that it is gone stays for a while: other servers may still be erasing. */
  async #erase(id: string): Promise<void> {
    const stream = this.#stream;
    const whole = await stream.about(id, "whole");
    const upload = await stream.about(id, "upload");
    // Its description goes first, so that nobody finds a file without its parts.
    if (whole) await stream.erase(whole.seq);
    if (upload) await stream.erase(upload.seq);
    // The last part goes first: without gaps, the rest is found again.
    for (const { seq } of (whole && parseWhole(whole.data))?.parts.toReversed() ?? []) {
      await stream.erase(seq);
      await this.#rest();
    }
    for (let part = await stream.last(id); part;) {
      await stream.erase(part.seq);
      await this.#rest();
      part = part.number > 0 ? await stream.part({ id, number: part.number - 1 }) : undefined;
    }
  }

  /**
   * Erases what nobody needs any more and nobody has erased: after `kill -9` of a server that was at it, and uploads that
   * were not gone on with for a day. Of a file of the chat, only a note that it is gone.
   *
   * @param isNamed whether the chat has a file with these bytes
   * @param now by JetStream's clock, which has dated everything, in ms since 1970
   */
  async sweep(isNamed: (content: string) => boolean, now: number): Promise<void> {
    const stream = this.#stream;
    if (await this.#isHeld(now)) return;
    // Those of servers that ended while they copied.
    for (const { seq, at } of await stream.holds()) {
      if (now - at >= HOLD_MS) await stream.erase(seq);
    }
    for await (const id of stream.ids("gone")) {
      const gone = await stream.about(id, "gone");
      if (!gone || now - gone.at < ERASING_MS) continue;
      // It was stored again, or a server has ended between the note and a second look.
      if (isNamed(id)) await stream.erase(gone.seq);
      else await this.eraseAll(id);
    }
    const isOld = (about: { at: number } | undefined) => about && now - about.at >= ABANDONED_MS;
    for await (const id of stream.ids("whole")) {
      if (!isNamed(id) && isOld(await stream.about(id, "whole")) && !isNamed(id)) {
        await this.erase(id);
      }
    }
    for await (const id of stream.ids("upload")) {
      const upload = await stream.about(id, "upload");
      if (!upload || !isOld(upload)) continue;
      if (!isNamed(id)) await this.cancel(id);
      // The server that recorded or stored the file has died right then. Of one that is not whole, it says that parts are there.
      else if (await stream.about(id, "whole")) await stream.erase(upload.seq);
    }
  }

  /** Keeps all servers from erasing files until what is returned is disposed of, or this process ends. */
  async hold(): Promise<AsyncDisposable> {
    const stream = this.#stream;
    let seq = await stream.hold();
    let renewing = Promise.resolve();
    const renew = async () => {
      const before = seq;
      seq = await stream.hold();
      await stream.erase(before);
    };
    // Should NATS be lost meanwhile, the copy fails anyway.
    const timer = setInterval(() => renewing = renew().catch(() => {}), HOLD_AGAIN_MS);
    return {
      [Symbol.asyncDispose]: async () => {
        clearInterval(timer);
        await renewing;
        await stream.erase(seq).catch(() => {});
      },
    };
  }

  /** Rests between two messages. The end of the server interrupts it: the next one goes on. */
  async #rest(ms = this.#restMs): Promise<void> {
    await delay(ms, this.#end).catch(() => {
      throw new ContentsError("held", "Cannot erase a file now: the server ends");
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    return Promise.resolve();
  }
}

function held(): ContentsError {
  return new ContentsError("held", "Cannot erase a file while files are copied");
}

import { createPrivate, remove, syncDirectory } from "../state/files.ts";
import { isText } from "../state/kind.ts";

/**
 * Notes beside a copy that NATS was set back to an older state, until all clients are told to start anew: the copy
 * from which that was seen is set aside before, and this process may end meanwhile.
 */
export class SetBackMark {
  readonly #file: string | undefined;
  #epoch: string | undefined;

  /** @param copy The path of the copy; a mark of one in memory is lost with it. */
  constructor(copy: string) {
    this.#file = copy === ":memory:" ? undefined : `${copy}.setback`;
    this.#epoch = this.#read();
  }

  /** The epoch of the copy that was ahead of the log; undefined if there is nothing to tell. */
  get epoch(): string | undefined {
    return this.#epoch;
  }

  /** Notes it. It is on the disk when this returns. */
  write(epoch: string): void {
    this.#epoch = epoch;
    if (this.#file === undefined) return;
    remove(this.#file);
    {
      using file = createPrivate(this.#file);
      file.writeSync(new TextEncoder().encode(epoch));
      file.syncSync();
    }
    syncDirectory(this.#file);
  }

  /** Forgets it, once it is told. */
  clear(): void {
    this.#epoch = undefined;
    if (this.#file !== undefined) remove(this.#file);
  }

  #read(): string | undefined {
    try {
      const epoch = this.#file && Deno.readTextFileSync(this.#file);
      return isText(epoch) ? epoch : undefined;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }
}

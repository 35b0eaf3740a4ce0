/**
 * One server that is killed again and again.
 *
 * @module
 */
import { assertEquals } from "./assert.ts";
import { type Folder, temporaryFolder } from "./folder.ts";
import { Hubbub } from "./hubbub.ts";
import { checkLog, exportAll, type Target } from "./torture.ts";

/** A server that keeps its file. */
export class TorturedServer implements Target {
  readonly #folder: Folder;
  readonly #flags: string[];
  #hubbub: Hubbub;

  private constructor(folder: Folder, flags: string[], hubbub: Hubbub) {
    this.#folder = folder;
    this.#flags = flags;
    this.#hubbub = hubbub;
  }

  static async start(): Promise<TorturedServer> {
    const folder = await temporaryFolder();
    const flags = ["--data", `${folder.path}/chat.db`];
    return new TorturedServer(folder, flags, await Hubbub.start(flags));
  }

  port(): number {
    return this.#hubbub.port;
  }

  async kill(): Promise<void> {
    this.#hubbub.signal("SIGKILL");
    assertEquals((await this.#hubbub.status).signal, "SIGKILL");
    checkLog(await this.#hubbub.stderr);
    this.#hubbub = await Hubbub.start(this.#flags);
  }

  recovered(): Promise<void> {
    return Promise.resolve();
  }

  async end(): Promise<string> {
    this.#hubbub.signal("SIGTERM");
    await this.#hubbub.status;
    checkLog(await this.#hubbub.stderr);
    return await exportAll(this.#flags);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hubbub[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/**
 * Checks the promises when the server is killed and connections are cut, many times, under load.
 */
import { assertEquals } from "../testing/assert.ts";
import { type Folder, temporaryFolder } from "../testing/folder.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { checkLog, exportAll, type Target, tortureTest } from "../testing/torture.ts";

tortureTest({ what: "the server", kills: 10, start: () => OneServer.start() });

/** A server that keeps its file. */
class OneServer implements Target {
  readonly #folder: Folder;
  readonly #flags: string[];
  #hubbub: Hubbub;

  private constructor(folder: Folder, flags: string[], hubbub: Hubbub) {
    this.#folder = folder;
    this.#flags = flags;
    this.#hubbub = hubbub;
  }

  static async start(): Promise<OneServer> {
    const folder = await temporaryFolder();
    const flags = ["--data", `${folder.path}/chat.db`];
    return new OneServer(folder, flags, await Hubbub.start(flags));
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

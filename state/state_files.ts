import type { DatabaseSync } from "node:sqlite";
import { oneLine } from "../lib/errors.ts";
import { AttachmentTable } from "./attachment_table.ts";
import { ContentsError } from "./contents.ts";
import type { FileDraft, FileRecords, FileRefusal, FileTotal, StoredFile } from "./file_records.ts";
import { judgeUploader } from "./kinds/file.ts";
import type { Guard, Permissions } from "./permissions.ts";
import type { SmallEvents } from "./small_events.ts";

/** The bytes that one person may upload in 24 hours: 2 GiB. */
export const PERSON_BYTES: number = 2 * 1024 ** 3;

/** The parts that {@linkcode StateFiles} works with. */
export interface StateFilesOptions {
  readonly db: DatabaseSync;
  readonly permissions: Permissions;
  readonly events: SmallEvents;
  readonly guard: Guard;
  /** The bytes that all files together may have; 0, the default, is no limit. */
  readonly maxFiles?: number | undefined;
  /** Resolves when all that other servers have stored by now is here. */
  readonly reach: () => Promise<void>;
}

/** The files that the state has, for the server's answers. */
export class StateFiles implements FileRecords {
  readonly #options: StateFilesOptions;
  readonly #table: AttachmentTable;

  constructor(options: StateFilesOptions) {
    this.#options = options;
    this.#table = new AttachmentTable(options.db);
  }

  async find(person: string, id: string): Promise<StoredFile | undefined> {
    const { permissions, reach } = this.#options;
    const file = permissions.readableFile(person, id);
    if (file !== undefined) return file;
    try {
      await reach();
    } catch (error) {
      throw new ContentsError("failed", oneLine(error), { cause: error });
    }
    return permissions.readableFile(person, id);
  }

  mayRead(person: string, id: string): boolean {
    return this.#options.permissions.mayReadFile(person, id);
  }

  judge(person: string, length: number): FileRefusal | undefined {
    const { permissions, guard } = this.#options;
    const draft = { person, size: length, ...this.limits };
    const now = permissions.now();
    return guard(() => judgeUploader(draft, { permissions, files: this.#table, now }));
  }

  async add(file: FileDraft, network: string): Promise<FileRefusal | undefined> {
    const event = { type: "file", ...file, ...this.limits } as const;
    const outcome = await this.#options.events.append(event, { network, person: file.person });
    return outcome.type === "refused" ? outcome : undefined;
  }

  isNeeded(content: string): boolean {
    return this.#options.guard(() => this.#table.isNeeded(content));
  }

  get limits(): { readonly total: number; readonly day: number } {
    return { total: this.#options.maxFiles ?? 0, day: PERSON_BYTES };
  }

  get total(): FileTotal {
    return this.#options.guard(() => this.#table.total);
  }
}

import type { DatabaseSync } from "node:sqlite";
import { AttachmentTable } from "./attachment_table.ts";
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
  readonly maxFiles?: number;
}

/** The files that the state has, for the server's answers. */
export class StateFiles implements FileRecords {
  readonly #options: StateFilesOptions;
  readonly #table: AttachmentTable;

  constructor(options: StateFilesOptions) {
    this.#options = options;
    this.#table = new AttachmentTable(options.db);
  }

  readable(person: string, id: string): StoredFile | undefined {
    return this.#options.permissions.readableFile(person, id);
  }

  judge(person: string, length: number, now: number): FileRefusal | undefined {
    const { permissions, guard, maxFiles: total = 0 } = this.#options;
    const draft = { person, size: length, total, day: PERSON_BYTES };
    return guard(() => judgeUploader(draft, { permissions, files: this.#table, now }));
  }

  async add(file: FileDraft): Promise<FileRefusal | undefined> {
    const { events, maxFiles: total = 0 } = this.#options;
    const outcome = await events.append({ type: "file", ...file, total, day: PERSON_BYTES });
    return outcome.type === "refused" ? outcome : undefined;
  }

  get total(): FileTotal {
    return this.#options.guard(() => this.#table.total);
  }
}

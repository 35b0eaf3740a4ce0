/** SQLite's primary result codes for values that don't fit: constraint, mismatch, too big, logic. */
const CODES_OF_VALUES = [19, 20, 18, 1];

/** SQLite's primary result codes for a file whose content makes no sense: corrupt, not a database. */
const CODES_OF_DAMAGE = [11, 26];

/** The data file can't be written at present: it is gone, replaced or damaged. */
export class FileError extends Error {
  override name = "FileError";
  /** Whether what was to be written is committed all the same: the file was found to be away after that. */
  readonly committed: boolean;

  constructor(message: string, { committed = false } = {}) {
    super(message);
    this.committed = committed;
  }
}

/** The content of the data file is not what was written there. */
export class DamageError extends FileError {
  override name = "DamageError";
}

/**
 * Returns true if an error comes from the disk or the file, rather than from the values that were written.
 * A disk error says nothing of an event: the same event succeeds on another server, or later here.
 */
export function isStorageError(error: unknown): boolean {
  if (error instanceof FileError) return true;
  if (!isSqliteError(error)) return false;
  const code = codeOf(error);
  return code === undefined || !CODES_OF_VALUES.includes(code);
}

/** Returns true if an error says that the content of the data file is damaged. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamageError) return true;
  const code = isSqliteError(error) ? codeOf(error) : undefined;
  return code !== undefined && CODES_OF_DAMAGE.includes(code);
}

function isSqliteError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
}

function codeOf(error: Error): number | undefined {
  return "errcode" in error && typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}

/** SQLite's code for a row that breaks a unique index. */
const UNIQUE_CONSTRAINT = 2067;

/** Returns whether a row was refused because another one has the same value in a column, such as `message.id`. */
export function isRepeated(error: unknown, column: string): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === UNIQUE_CONSTRAINT &&
    error.message.includes(column);
}

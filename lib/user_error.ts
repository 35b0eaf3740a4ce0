/**
 * An error that the person who started the program can act on. Its message is one whole sentence of the
 * form "Cannot <do>: <why>", fit to be the only thing that person sees.
 */
export class UserError extends Error {
  override name = "UserError";
  /** The program's exit code: 2 for bad flags and for the files they name, 1 for everything else. */
  readonly exitCode: 1 | 2;

  constructor(message: string, options: ErrorOptions & { readonly exitCode?: 1 | 2 } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? 1;
  }
}

/** An error about a flag or the file it names; the program ends with exit code 2. */
export function usageError(message: string): UserError {
  return new UserError(message, { exitCode: 2 });
}

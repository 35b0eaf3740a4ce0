/** Ends the program with one line for the user. */
export function exit(code: number, line: string): never {
  console.error(line);
  Deno.exit(code);
}

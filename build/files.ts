/**
 * Reading the files of a folder.
 *
 * @module
 */
import { join, posix } from "node:path";
import { Failure } from "./failure.ts";

/** Files by path, relative and with `/`. */
export type Files = Map<string, Uint8Array>;

/**
 * Reads the files of a folder and those below, hidden ones left out.
 *
 * @throws {Failure} when the folder can't be read
 */
export async function readFiles(folder: string): Promise<Files> {
  const files: Files = new Map();
  async function read(path: string): Promise<void> {
    const entries = await Array.fromAsync(Deno.readDir(join(folder, path)));
    entries.sort((a, b) => a.name < b.name ? -1 : 1);
    for (const { name, isDirectory } of entries) {
      if (name.startsWith(".")) continue;
      const inner = posix.join(path, name);
      if (isDirectory) await read(inner);
      else files.set(inner, await Deno.readFile(join(folder, inner)));
    }
  }
  try {
    await read("");
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Failure(`Cannot build the page: its sources can't be read, ${error.message}`);
  }
  return files;
}

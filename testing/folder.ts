import { join } from "node:path";

/** A temporary folder that is gone at the end of the block: `await using folder = await temporaryFolder()`. */
export interface Folder extends AsyncDisposable {
  path: string;
  /** Writes a file below the folder, with the folders on its way. */
  write(path: string, content: string | Uint8Array): Promise<void>;
}

/** Makes a {@linkcode Folder}. */
export async function temporaryFolder(): Promise<Folder> {
  const path = await Deno.makeTempDir({ prefix: "hubbub-test-" });
  return {
    path,
    async write(name, content) {
      const file = join(path, name);
      await Deno.mkdir(join(file, ".."), { recursive: true });
      if (typeof content === "string") await Deno.writeTextFile(file, content);
      else await Deno.writeFile(file, content);
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(path, { recursive: true });
    },
  };
}

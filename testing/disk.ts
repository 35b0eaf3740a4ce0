/**
 * Small disks for tests, to be filled and made larger.
 *
 * @module
 */
import { join } from "node:path";
import { missing } from "./strict.ts";

/** A disk of its own. Disposing unmounts it. */
export interface Disk extends AsyncDisposable {
  /** The folder where it is mounted. */
  readonly path: string;
  /** Changes options of the mount, such as "size=4m" or "ro". */
  remount(options: string): Promise<void>;
  /** Takes all the room that is left. */
  fill(): Promise<void>;
  /** Gives the room back that {@linkcode fill} took. */
  free(): Promise<void>;
}

/** Whether tests must do without a disk of their own; what belongs into their `ignore`. */
export const noDisk: boolean = missing("A small disk", {
  found: await canMount(),
  get: "run the tests on Linux as root, and where mounting is allowed",
});

/** Mounts an empty disk in memory of a `size` such as "2m". */
export async function smallDisk(size: string): Promise<Disk> {
  const path = await Deno.makeTempDir({ prefix: "hubbub-disk-" });
  await run("mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path);
  const filler = join(path, "filler");
  return {
    path,
    remount: (options) => run("mount", "-o", `remount,${options}`, path),
    async fill() {
      using file = await Deno.open(filler, { write: true, create: true });
      try {
        while (true) await file.write(new Uint8Array(4096));
      } catch (error) {
        if (!/No space/.test(String(error))) throw error;
      }
    },
    free: () => Deno.remove(filler),
    async [Symbol.asyncDispose]() {
      await run("umount", path);
      await Deno.remove(path);
    },
  };
}

async function canMount(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  try {
    await using _disk = await smallDisk("4k");
    return true;
  } catch {
    // Root of a container, say.
    return false;
  }
}

async function run(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
}

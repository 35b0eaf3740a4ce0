/**
 * The commands on the data: admin, backup, restore, export, import, rotate-keys.
 *
 * @module
 */
import { type ArchiveLine } from "../archive/format.ts";
import { ContentFolder, NewContentFolder } from "../archive/content_folder.ts";
import { lostMessage } from "../archive/contents.ts";
import { filesFolder } from "../files/content_path.ts";
import { backup, backupArchive } from "../archive/backup.ts";
import { restore } from "../archive/restore.ts";
import { type CommandInvocation } from "./flags.ts";
import type { NatsArchiveOptions } from "../archive/nats.ts";
import { readNats } from "./nats_flags.ts";
import { readArchive, writeArchive } from "../archive/state.ts";
import { printArchiveLine, withContents } from "../archive/with_contents.ts";
import { makeAdmin, makeAdminOnNats } from "./admin.ts";
import { rotateKeys, rotateKeysOnNats } from "./rotate_keys.ts";
import { openToRead } from "../archive/reading_copy.ts";
import { openDatabase, readDatabase } from "../state/database.ts";
import { oneLine } from "../lib/errors.ts";
import { UserError } from "../lib/user_error.ts";

/** Size of one read in bytes, and of one write in characters. */
const CHUNK = 64 * 1024;

/** The longest accepted line of an archive, in characters; lines of an export are far shorter. */
const LINE_LENGTH = 1024 * 1024;

/**
 * Runs a command to its end.
 *
 * @throws {UserError} if it fails.
 */
export async function runCommand(invocation: CommandInvocation): Promise<void> {
  try {
    const nats = readNats(invocation.flags);
    await (nats ? runOnNats(invocation, nats) : runOnFile(invocation));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`Cannot ${invocation.run}: ${oneLine(error)}`, { cause: error });
  }
}

async function runOnFile(invocation: CommandInvocation): Promise<void> {
  const { data } = invocation.flags;
  switch (invocation.run) {
    case "backup": {
      using store = readDatabase(data);
      return refuseLost(`Backed up to ${invocation.file}`, await backup(store, invocation.file));
    }
    case "export": {
      const files = new ContentFolder(filesFolder(data));
      // Before the data is read, so that nothing is deleted that it names.
      await using _hold = await files.hold();
      using store = await openToRead(data);
      return await printAll((onLost) => withContents(readArchive(store.database), files, onLost));
    }
    case "admin":
      return console.log(await makeAdmin(data, invocation.name));
    case "rotate-keys":
      return console.log(await rotateKeys(data));
    case "restore":
      return console.log(await restore(data, invocation.file));
    case "import": {
      using files = new NewContentFolder(filesFolder(data));
      using store = openDatabase({ path: data, sync: "full" });
      return await writeArchive(store, readLines(invocation.file), files);
    }
  }
}

async function runOnNats(invocation: CommandInvocation, nats: NatsArchiveOptions): Promise<void> {
  // Commands on a file never load the NATS client.
  const { readNatsArchive, writeNatsArchive } = await import("../archive/nats.ts");
  switch (invocation.run) {
    case "backup":
      return refuseLost(
        `Backed up to ${invocation.file}`,
        await backupArchive(readNatsArchive(nats, () => {}), invocation.file),
      );
    case "export":
      return await printAll((onLost) => readNatsArchive(nats, onLost));
    case "admin":
      return console.log(await makeAdminOnNats(nats, invocation.name));
    case "rotate-keys":
      return console.log(await rotateKeysOnNats(nats));
    case "restore":
      throw new UserError(
        "Cannot restore: NATS has no single file; export the copy (`hubbub export --data FILE`), and " +
          "import that into an empty NATS",
      );
    case "import":
      return await writeNatsArchive(nats, readLines(invocation.file));
  }
}

/** @throws {UserError} if files are not in what was written: it is whole but for these */
function refuseLost(done: string, lost: readonly string[]): void {
  if (lost.length > 0) throw new UserError(lostMessage(done, lost));
}

async function printAll(
  lines: (onLost: (content: string) => void) => AsyncIterable<ArchiveLine>,
): Promise<void> {
  const lost: string[] = [];
  await print(lines((content) => lost.push(content)));
  refuseLost("Exported", lost);
}

async function print(lines: AsyncIterable<ArchiveLine>): Promise<void> {
  let text = "";
  for await (const line of lines) {
    text += printArchiveLine(line) + "\n";
    if (text.length < CHUNK) continue;
    writeOut(text);
    text = "";
  }
  writeOut(text);
}

function writeOut(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

/** Reads the lines of a file, a pipe or a device. */
async function* readLines(path: string): AsyncGenerator<string> {
  using file = await Deno.open(path);
  const chunk = new Uint8Array(CHUNK);
  // A character that is not UTF-8 would be stored as another one.
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for (let count = await file.read(chunk); count !== null; count = await file.read(chunk)) {
    const lines = (rest + decoder.decode(chunk.subarray(0, count), { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LINE_LENGTH) throw new Error("a line is too long for an export");
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/**
 * The commands on the data: backup, export, import.
 *
 * @module
 */
import { ArchiveError, type ArchiveLine } from "../archive/format.ts";
import { backup, backupArchive } from "../archive/backup.ts";
import { ClusterError } from "../nats/cluster_error.ts";
import { exit } from "./exit.ts";
import { type CommandInvocation, FlagError } from "./flags.ts";
import type { NatsArchiveOptions } from "../archive/nats.ts";
import { readNats } from "./nats_flags.ts";
import { readArchive, writeArchive } from "../archive/sqlite.ts";
import { openStore, readStore, StoreError } from "../sqlite/database.ts";

/** How much is written or read at once, in characters or bytes. */
const CHUNK = 64 * 1024;

/** No line of an archive is near this; in characters. */
const LINE_LENGTH = 1024 * 1024;

/** Runs a command to its end; ends the program with one line when it fails. */
export async function runCommand(invocation: CommandInvocation): Promise<void> {
  try {
    const nats = readNats(invocation.flags);
    await (nats ? runOnNats(invocation, nats) : runOnFile(invocation));
  } catch (error) {
    if (error instanceof FlagError) exit(2, error.message);
    if (error instanceof StoreError || error instanceof ClusterError) exit(1, error.message);
    const reason = error instanceof Error ? error.message : String(error);
    exit(1, `Cannot ${invocation.run}: ${reason.replaceAll("\n", " ")}`);
  }
}

async function runOnFile(invocation: CommandInvocation): Promise<void> {
  const { data } = invocation.flags;
  switch (invocation.run) {
    case "backup": {
      using store = readStore(data);
      return await backup(store, invocation.file);
    }
    case "export": {
      using store = readStore(data);
      return await print(readArchive(store));
    }
    case "import": {
      using store = openStore({ path: data, sync: "full" });
      return await writeArchive(store, readLines(invocation.file));
    }
  }
}

async function runOnNats(invocation: CommandInvocation, nats: NatsArchiveOptions): Promise<void> {
  // Whoever has one server never loads what speaks to NATS.
  const { readNatsArchive, writeNatsArchive } = await import("../archive/nats.ts");
  switch (invocation.run) {
    case "backup":
      return await backupArchive(readNatsArchive(nats), invocation.file);
    case "export":
      return await print(readNatsArchive(nats));
    case "import":
      return await writeNatsArchive(nats, readLines(invocation.file));
  }
}

async function print(lines: Iterable<ArchiveLine> | AsyncIterable<ArchiveLine>): Promise<void> {
  let text = "";
  for await (const line of lines) {
    text += JSON.stringify(line) + "\n";
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

/** The lines of a file, or of what else can be read. */
async function* readLines(path: string): AsyncGenerator<string> {
  using file = await Deno.open(path);
  const chunk = new Uint8Array(CHUNK);
  const decoder = new TextDecoder();
  let rest = "";
  for (let count = await file.read(chunk); count !== null; count = await file.read(chunk)) {
    const lines = (rest + decoder.decode(chunk.subarray(0, count), { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LINE_LENGTH) throw new ArchiveError("a line is too long to be an export's");
    yield* lines;
  }
  if (rest !== "") yield rest;
}

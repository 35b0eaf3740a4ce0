/** The bytes of files in backups and exports. */
import { backup } from "./backup.ts";
import { ContentFolder, NewContentFolder } from "./content_folder.ts";
import { faultOf } from "./contents.ts";
import { type ArchiveLine, parseArchiveLine } from "./format.ts";
import { restore } from "./restore.ts";
import { readArchive, writeArchive } from "./state.ts";
import { printArchiveLine, withContents } from "./with_contents.ts";
import { contentPath, filesFolder } from "../files/content_path.ts";
import { DiskContents } from "../files/disk_contents.ts";
import { UserError } from "../lib/user_error.ts";
import { openDatabase, readDatabase } from "../state/database.ts";
import { newContentId } from "../state/contents.ts";
import { GoneContents } from "../state/gone_contents.ts";
import { openLocalState } from "../state/local.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../testing/assert.ts";
import { writeChat } from "../testing/chat_file.ts";
import { type Folder, temporaryFolder } from "../testing/folder.ts";
import { randomBytes, readContent, sha256Of } from "../testing/uploads.ts";

const ANN = { id: "p1", name: "ann" };

/** Deletes a message, and what nobody names any more, as a server does. */
async function deleteMessage(path: string, seq: number): Promise<void> {
  await using contents = await DiskContents.open(filesFolder(path));
  using local = openLocalState({ path, sync: "full" });
  const outcomes = local.state.append(
    [{ type: "delete", room: "lobby", seq, person: ANN.id }],
    Date.now(),
  );
  assertEquals(outcomes.map(({ type }) => type), ["revised"]);
  await using gone = new GoneContents({ database: local.state.database, contents });
  await gone.step().catch(() => {});
  await local.messages[Symbol.asyncDispose]();
}

function read(path: string, id: string): Promise<Uint8Array | undefined> {
  return readContent(new ContentFolder(filesFolder(path)), id);
}

async function exported(path: string): Promise<{ lines: ArchiveLine[]; lost: string[] }> {
  const lost: string[] = [];
  using database = readDatabase(path);
  const files = new ContentFolder(filesFolder(path));
  const lines = withContents(readArchive(database), files, (id) => lost.push(id));
  return { lines: await Array.fromAsync(lines), lost };
}

async function imported(path: string, lines: readonly (ArchiveLine | string)[]): Promise<void> {
  using files = new NewContentFolder(filesFolder(path));
  using database = openDatabase({ path, sync: "full" });
  await writeArchive(database, ReadableStream.from(lines), files);
}

function namesIn(folder: Folder): string[] {
  return [...Deno.readDirSync(folder.path)].map(({ name }) => name)
    .filter((name) => !/-(wal|shm)$|\.lock$/.test(name)).toSorted();
}

Deno.test("a backup has the files that it names, and restore puts them back", async () => {
  await using folder = await temporaryFolder();
  const [path, copy] = [`${folder.path}/chat.db`, `${folder.path}/copy.db`];
  const [one, two, empty] = [randomBytes(700_000), randomBytes(3), new Uint8Array()];
  const [a = "", b = "", c = "", same = ""] = await writeChat(path, one, two, empty, one);
  {
    using database = readDatabase(path);
    assertEquals(await backup(database, copy), []);
  }
  // Equal bytes are there once.
  assertEquals(await read(copy, same), undefined);
  assertEquals(await Promise.all([a, b, c].map((id) => read(copy, id))), [one, two, empty]);
  await deleteMessage(path, 2);
  assertEquals([await read(path, b), await read(copy, b)], [undefined, two]);
  const said = await restore(path, copy);
  assertEquals(await Promise.all([a, b, c].map((id) => read(path, id))), [one, two, empty]);
  // The former data are kept together.
  const former = /; the data before is in (.*)$/.exec(said)?.[1] ?? "";
  assertEquals([await read(former, a), await read(former, b)], [one, undefined]);
  assertEquals(namesIn(folder).length, 6);
  for (const { name } of Deno.readDirSync(filesFolder(path))) {
    assertEquals((Deno.statSync(`${filesFolder(path)}/${name}`).mode ?? 0) & 0o077, 0);
  }
  assertEquals((Deno.statSync(contentPath(filesFolder(path), a)).mode ?? 0) & 0o077, 0);
});

Deno.test("an export has the files that it names, whatever a server deletes meanwhile", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  const bytes = randomBytes(1000);
  const [id = ""] = await writeChat(path, bytes);
  const files = new ContentFolder(filesFolder(path));
  {
    await using _hold = await files.hold();
    using database = readDatabase(path);
    const lines = withContents(readArchive(database), files, () => {});
    assertEquals((await lines.next()).value?.type, "hubbub");
    await deleteMessage(path, 1);
    const rest = await Array.fromAsync(lines);
    assert(rest.some((line) => line.type === "bytes" && line.content === id));
    assert(!(await exported(path)).lines.some(({ type }) => type === "file"), "it was deleted");
    assertEquals(await read(path, id), bytes, "it stays while somebody copies");
  }
  await using contents = await DiskContents.open(filesFolder(path));
  using local = openLocalState({ path, sync: "full" });
  await using gone = new GoneContents({ database: local.state.database, contents });
  await gone.step();
  await local.messages[Symbol.asyncDispose]();
  assertEquals(await read(path, id), undefined);
  // A process that was killed holds nothing up.
  await Deno.writeTextFile(`${files.path}/copying-of-a-killed-process`, "");
  await Deno.utime(`${files.path}/copying-of-a-killed-process`, 0, 0);
  await contents.remove(id);
});

Deno.test("a damaged or missing file is named, and everything else is kept", async () => {
  await using folder = await temporaryFolder();
  const [path, copy] = [`${folder.path}/chat.db`, `${folder.path}/copy.db`];
  const good = randomBytes(1000);
  const [damaged = "", missing = "", kept = "", longer = ""] = await writeChat(
    path,
    ...[randomBytes(1000), randomBytes(1000), good, randomBytes(1000)],
  );
  const place = (id: string) => contentPath(filesFolder(path), id);
  Deno.writeFileSync(place(damaged), randomBytes(1000));
  Deno.removeSync(place(missing));
  Deno.writeFileSync(place(longer), randomBytes(1001));
  const lost = [damaged, missing, longer].toSorted();
  {
    using database = readDatabase(path);
    assertEquals((await backup(database, copy)).toSorted(), lost);
  }
  const { lines, lost: notExported } = await exported(path);
  assertEquals(notExported.toSorted(), lost);
  // A file that was lost before the backup does not prevent restoring or importing the rest.
  await restore(path, copy);
  assertEquals(await read(path, kept), good);
  await imported(`${folder.path}/new.db`, lines.map(printArchiveLine));
  assertEquals(await read(`${folder.path}/new.db`, kept), good);
  // A file lost from the backup does.
  Deno.removeSync(contentPath(filesFolder(copy), kept));
  const { message } = await assertRejects(() => restore(path, copy), UserError);
  assertMatch(message, new RegExp(`^Cannot restore: the file ${kept} in .*: it is missing$`));
  assertEquals(await read(path, kept), good);
});

Deno.test("a file that the disk does not give is named as one that is lost, so that the others are saved", async () => {
  await using folder = await temporaryFolder();
  await folder.write("place", "no folder");
  const source = new ContentFolder(`${folder.path}/place`);
  const fault = await faultOf(source, { id: newContentId(), size: 1, hash: "" });
  assertMatch(fault ?? "", /^it can't be read: /);
});

Deno.test("restore takes nothing but files of the right bytes from a hostile folder", async () => {
  await using folder = await temporaryFolder();
  const [path, copy] = [`${folder.path}/chat.db`, `${folder.path}/copy.db`];
  const secret = new TextEncoder().encode("a secret of this machine");
  await folder.write("secret", secret);
  // A copy whose maker knows what to find.
  const [id = ""] = await writeChat(copy, secret);
  const place = contentPath(filesFolder(copy), id);
  const harms: [string, () => unknown][] = [
    ["it is not a file", () => Deno.symlinkSync(`${folder.path}/secret`, place)],
    ["it is not a file", () => new Deno.Command("mkfifo", { args: [place] }).outputSync()],
    ["it is not a file", () => Deno.mkdirSync(place)],
    ["it has another size", () => Deno.truncateSync(place, 0)],
    [
      "it has another size",
      () => new Deno.Command("truncate", { args: ["-s", "1T", place] }).outputSync(),
    ],
    ["it differs from the upload", () => Deno.writeFileSync(place, secret.with(0, 0))],
  ];
  for (const [says, harm] of harms) {
    Deno.removeSync(place, { recursive: true });
    if (!says.includes("not a file")) Deno.writeFileSync(place, secret);
    harm();
    const { message } = await assertRejects(() => restore(path, copy), UserError);
    assert(message.endsWith(`: ${says}`), `${message} instead of ${says}`);
    assertEquals(namesIn(folder), ["copy.db", "copy.db.files", "secret"]);
  }
  Deno.removeSync(place, { recursive: true });
  Deno.writeFileSync(place, secret);
  // Other things in it are not looked at.
  Deno.symlinkSync("/etc", `${filesFolder(copy)}/..evil`);
  await restore(path, copy);
  assertEquals([...Deno.readDirSync(filesFolder(path))].length, 1);
});

Deno.test("an export has the files, and an import checks each byte of them", async () => {
  await using folder = await temporaryFolder();
  const [path, copy] = [`${folder.path}/chat.db`, `${folder.path}/new.db`];
  const files = [randomBytes(500_000), new Uint8Array(), randomBytes(1)];
  const [a = "", b = "", c = ""] = await writeChat(path, ...files);
  const { lines, lost } = await exported(path);
  assertEquals(lost, []);
  const texts = lines.map(printArchiveLine);
  assert(texts.every((text) => text.length < 300_000));
  // A reader that knows no files refuses the number of the format.
  assertEquals(lines[0]?.type === "hubbub" && lines[0].format, 2);
  assertEquals(texts.map(parseArchiveLine), lines);
  await imported(copy, texts);
  assertEquals(await Promise.all([a, b, c].map((id) => read(copy, id))), files);
  assertEquals((await exported(copy)).lines.map(printArchiveLine), texts);

  const at = (type: string) => lines.findIndex((line) => line.type === type);
  const bytes = at("bytes");
  const name = { id: "A".repeat(22), content: "A".repeat(22) };
  const cases: [ArchiveLine[] | string[], RegExp][] = [
    [lines.toSpliced(bytes, 1), /fewer bytes|differs from the upload/],
    [lines.toSpliced(bytes, 0, lines[bytes] ?? lines[0] as ArchiveLine), /more bytes/],
    [
      lines.map((line) => line.type === "bytes" ? { ...line, data: line.data.with(0, 7) } : line),
      /differs from the upload/,
    ],
    [
      lines.map((line) => line.type === "bytes" ? { ...line, content: name.content } : line),
      /fewer bytes/,
    ],
    [lines.map((line) => line.type === "file" ? { ...line, size: 2 ** 50 } : line), /fewer bytes/],
    [
      lines.map((line) => line.type === "file" ? { ...line, size: 0 } : line),
      /more bytes|not what/,
    ],
    [
      [...lines.slice(0, -1), ...lines.slice(bytes, bytes + 1), ...lines.slice(-1)],
      /not behind its line/,
    ],
    [
      texts.map((text) => text.replace(/"content":"[^"]*"/, '"content":"../../../etc/passwd+++"')),
      /"content" must be/,
    ],
    [texts.map((text) => text.replace(/"data":"./, '"data":"!')), /"data" must be/],
    [texts.map((text) => text.replace('"format":2', '"format":3')), /newer version/],
  ];
  for (const [bad, says] of cases) {
    const target = `${folder.path}/bad.db`;
    const error = await assertRejects(() => imported(target, bad), Error);
    assertMatch(error.message, says);
    assert(!namesIn(folder).some((name) => name.startsWith("bad.db.files")), `${says}`);
    Deno.removeSync(target);
  }
  const { message } = await assertRejects(() => imported(`${folder.path}/chat.db`, texts), Error);
  assertMatch(message, /there is .*chat\.db\.files already/);
  assertEquals(
    sha256Of(await read(path, a) ?? new Uint8Array()),
    sha256Of(files[0] ?? new Uint8Array()),
  );
});

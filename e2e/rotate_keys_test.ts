/** `hubbub rotate-keys` after a backup leaked: on a stopped server, beside a running one, and beside several. */
import { Buffer } from "node:buffer";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
} from "../testing/assert.ts";
import { basic, ChatClient, cookieIn, login, upgrade } from "../testing/chat_client.ts";
import type { ArchiveLine } from "../archive/format.ts";
import { backup } from "../archive/backup.ts";
import { makeAdmin } from "../cli/admin.ts";
import { readArchive } from "../archive/state.ts";
import { openDatabase, readDatabase } from "../state/database.ts";
import { openLocalState } from "../state/local.ts";
import { readNatsArchive } from "../archive/nats.ts";
import { restore } from "../archive/restore.ts";
import { rotateKeys, rotateKeysOnNats } from "../cli/rotate_keys.ts";
import { UserError } from "../lib/user_error.ts";
import { randomId, sessionCookieName, Sessions } from "../people/session.ts";
import { randomBytes } from "../testing/sample_files.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";
import { TusClient } from "../testing/tus.ts";

const SECRET = "open sesame";
const LOGGED_OUT = { code: 1000, reason: "Logged out" };

/** Returns a maker of cookies for any person, as whoever has read the first line of an export can. */
function forger(line: ArchiveLine | undefined): (person: string) => { cookie: string } {
  assert(line?.type === "hubbub" && line.key !== undefined);
  const key = Buffer.from(line.key, "base64");
  const sessions = new Sessions({ keys: () => ({ key, rotation: 0, former: [] }) });
  const name = sessionCookieName(line.store);
  return (person) => ({ cookie: `${name}=${sessions.issue(person, { generation: 999 })}` });
}

/** Returns the first line of an export of a data file. */
function exported(path: string): ArchiveLine | undefined {
  using data = readDatabase(path);
  const [first] = readArchive(data);
  return first;
}

/** Returns the headers of somebody who has logged in with a cookie. */
async function loggedIn(hubbub: Hubbub, form: object): Promise<{ cookie: string }> {
  return { cookie: cookieIn(await login(hubbub, form)) };
}

/** Returns the id of the person as whom a server lets somebody in. */
async function personOf(hubbub: Hubbub, headers: { cookie: string }): Promise<string> {
  await using client = await ChatClient.open(hubbub.port, headers);
  return client.user.id;
}

async function resetLink(admin: ChatClient, person: string): Promise<string> {
  admin.send({ type: "reset_link", id: randomId(), person });
  return (await admin.take("link")).token;
}

Deno.test("hubbub rotate-keys ends all sessions beside a running server, and leaves nobody unmuted", async () => {
  await using folder = await temporaryFolder();
  const [chat, leaked, later] = ["chat", "leaked", "later"].map((name) =>
    `${folder.path}/${name}.db`
  );
  assert(chat && leaked && later);
  const data = ["--data", chat];
  const backUp = async (copy: string) => {
    using store = readDatabase(chat);
    await backup(store, copy);
  };
  await using server = await Hubbub.start(data);
  const ann = await loggedIn(server, { name: "Ann", secret: SECRET });
  const bob = await loggedIn(server, { name: "Bob" });
  const guest = { cookie: cookieIn(await upgrade(server.port)) };
  await makeAdmin(chat, "Ann");
  await using annHere = await ChatClient.enter(server.port, ["lobby"], ann);
  await using bobHere = await ChatClient.enter(server.port, ["lobby"], bob);
  await using guestHere = await ChatClient.enter(server.port, ["lobby"], guest);
  await using bot = await ChatClient.enter(server.port, ["lobby"], basic("Bot:open barley"));
  annHere.send({ type: "mute", id: "m", person: guestHere.user.id });
  await annHere.take("ok");
  annHere.send({ type: "invite", id: "i" });
  const { token: invite } = await annHere.take("link");
  const reset = await resetLink(annHere, bobHere.user.id);
  await backUp(leaked);
  const forge = forger(exported(leaked));
  assertEquals(await personOf(server, forge(annHere.user.id)), annHere.user.id);

  // Half an upload, and half a download.
  const tus = new TusClient(server.port, ann);
  const bytes = randomBytes(8_000_000);
  const [file, path] = [await tus.upload(bytes, "big"), await tus.begin(200_000)];
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>();
  const uploading = tus.append(path, 0, readable);
  const writer = writable.getWriter();
  await writer.write(bytes.slice(0, 100_000));
  const download = (await tus.get(file)).body?.getReader();
  await download?.read();

  assertEquals(
    (await runHubbub(["rotate-keys", ...data])).stdout,
    [
      "The signing key is new, and all sessions have ended.",
      "2 people with a password: log in again.",
      "1 person with a name but no password: the name stays theirs, and an admin can give them a link to " +
      "choose a password.",
      "1 unused link for a new password: ended.",
      "A backup made before this brings the old key back: run this again after restoring one.",
      "",
    ].join("\n"),
  );
  for (const client of [annHere, bobHere, guestHere]) assertEquals(await client.closed, LOGGED_OUT);
  await server.logged(/"event":"keys rotated","connections":3/);
  assertEquals((await bot.say("my secret is as good as before")).user.name, "Bot");
  const answer = await uploading;
  await answer.body?.cancel();
  assertEquals(answer.ok, false, "the upload is interrupted");
  await writer.abort().catch(() => {});
  const readAll = async () => {
    while (!(await download?.read())?.done);
  };
  assert(await readAll().then(() => false, () => true), "the download ends before its end");

  for (const headers of [ann, bob, forge(annHere.user.id)]) {
    const person = await personOf(server, headers);
    assert(![annHere.user.id, bobHere.user.id].includes(person));
    assertEquals((await new TusClient(server.port, headers).get(file)).status, 401);
  }
  await using muted = await ChatClient.enter(server.port, ["lobby"], guest);
  assertNotEquals(muted.user.id, guestHere.user.id);
  const said = await muted.refused({ type: "send", room: "lobby", id: "s", text: "now?" });
  assertEquals(said.code, "muted");

  // They come back: by the secret, and with a link of an admin. Half the upload is there.
  assertEquals((await login(server, { link: reset, secret: "a new secret" })).status, 404);
  assertEquals((await login(server, { link: invite, name: "Zoe", secret: SECRET })).status, 204);
  assertEquals((await login(server, { name: "Bob", secret: "taken over" })).status, 401);
  const annAgain = await loggedIn(server, { name: "Ann", secret: SECRET });
  await using back = await ChatClient.open(server.port, annAgain);
  assertEquals([back.user, back.hello.role], [annHere.user, "admin"]);
  assert(await new TusClient(server.port, annAgain).offset(path) <= 100_000);
  back.send({ type: "audit", id: "a" });
  const [entry] = (await back.take("audit")).entries;
  assertEquals([entry?.action, entry?.by, entry?.person], ["rotate_keys", undefined, undefined]);
  const link = await resetLink(back, bobHere.user.id);
  const bobAgain = await loggedIn(server, { link, secret: "a new secret" });
  assertEquals(await personOf(server, bobAgain), bobHere.user.id);
  const metrics = await (await fetch(server.url("/metrics"))).text();
  assertMatch(metrics, /^hubbub_key_rotations_total 1$/m);

  // So it is after a restart, and in a copy of later.
  await backUp(later);
  await server[Symbol.asyncDispose]();
  await using next = await Hubbub.start(["--data", later]);
  for (const headers of [ann, bob, guest, forge(annHere.user.id)]) {
    await using client = await ChatClient.open(next.port, headers);
    assert(![annHere, bobHere, guestHere].some(({ user }) => user.id === client.user.id));
    assertEquals(client.hello.muted !== undefined, headers === guest);
  }
  assertEquals(await personOf(next, annAgain), annHere.user.id);

  // A stopped server's data is changed directly. A backup of before brings its key back.
  const present = forger(exported(chat));
  assertMatch(await rotateKeys(chat), /^4 people with a password.*\nA backup made before/m);
  assertNotEquals(forger(exported(chat))("x"), present("x"));
  assertMatch(
    await restore(chat, leaked),
    /; its signing key was replaced since: run `hubbub rotate-keys` again$/,
  );
  assertMatch(await restore(chat, later), /\.before$/);
});

Deno.test("hubbub rotate-keys says what is wrong, and changes nothing then", async () => {
  await using folder = await temporaryFolder();
  const refusal = async (path: string) =>
    (await assertRejects(() => rotateKeys(path), UserError)).message;
  const [missing, notes, empty, invited] = ["missing", "notes", "empty", "invited"].map((name) =>
    `${folder.path}/${name}.db`
  );
  assert(missing && notes && empty && invited);
  assertEquals(await refusal(missing), `Cannot open ${missing}: there is no such file`);
  assertEquals([...Deno.readDirSync(folder.path)], [], "and makes none");
  await Deno.writeTextFile(notes, "these are my notes, and no database");
  assertEquals(await refusal(notes), `Cannot open ${notes}: it is not a database`);
  openDatabase({ path: empty, sync: "normal" })[Symbol.dispose]();
  assertEquals(await refusal(empty), `Cannot rotate the keys: ${empty} has no chat in it yet`);
  {
    using local = openLocalState({ path: invited, sync: "normal" });
    await local.events.append({ type: "name", person: "p", name: "Ann", key: "ann", used: 1 });
    await local.events.append({ type: "role", person: "p", role: "admin" });
    await local.events.append({ type: "setting", setting: "entry", value: "invite", by: "p" });
  }
  assertMatch(await refusal(invited), /nobody has a password, so that nobody could come back/);
});

natsTest(
  "hubbub rotate-keys ends all sessions of a chat on NATS at once on every server",
  async (nats) => {
    const url = ["--nats", nats.url];
    const options = { url: nats.url };
    const early = await assertRejects(() => rotateKeysOnNats(options), UserError);
    assertEquals(early.message, "Cannot use NATS: no Hubbub has written to it");
    await using one = await Hubbub.start(url);
    await using two = await Hubbub.start(url);
    const ann = await loggedIn(one, { name: "Ann", secret: SECRET });
    await using here = await ChatClient.open(one.port, ann);
    await using there = await ChatClient.open(two.port, ann);
    const first = async () => {
      for await (const line of readNatsArchive(options, () => {})) return line;
    };
    const forge = forger(await first());
    const cookies = [ann, forge(here.user.id)];
    const { stdout } = await runHubbub(["rotate-keys", ...url]);
    assertMatch(stdout, /^1 person with a password: log in again\.$/m);
    for (const client of [here, there]) assertEquals(await client.closed, LOGGED_OUT);
    for (const server of [one, two]) {
      for (const headers of cookies) {
        assertNotEquals(await personOf(server, headers), here.user.id);
      }
    }
    const again = await loggedIn(two, { name: "Ann", secret: SECRET });
    for (const server of [one, two]) {
      assertEquals(await personOf(server, again), here.user.id);
    }
    assertNotEquals(forger(await first())("x"), forge("x"));
  },
);

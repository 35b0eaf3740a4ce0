/** Hubbub on a NATS with the configuration of the example. */
import { Nats } from "../nats/connection.ts";
import { delay } from "../lib/std.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { basic, ChatClient, cookieIn, login, post, range, seqs } from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { freePort } from "../testing/free_port.ts";
import { withoutNats } from "../testing/nats.ts";
import { type ExampleNats, startExampleNats } from "../testing/nats_example.ts";
import { makeCertificate, noOpenssl } from "../testing/openssl.ts";

const ignore = withoutNats();
/** Matches the lines that NATS logs when a user does something that is not allowed. */
const VIOLATION = /Violation|Authorization/;

/** Runs a command that succeeds: what it prints. */
async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runHubbub(args);
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

Deno.test({
  name: "nats.conf lets Hubbub do all that it does",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    await using nats = await startExampleNats();
    const flags = ["--nats", nats.url];
    const often = [...flags, "--nats-snapshot-every", "10"];
    let archive: string;
    {
      await using one = await Hubbub.start(often);
      await using two = await Hubbub.start(often);
      await using ann = await ChatClient.enter(one.port, ["lobby"], basic("ann:open sesame"));
      await using bob = await ChatClient.enter(two.port, ["lobby"], basic("bob:"));
      for (let i = 1; i <= 3; i++) await ann.say("hi", "lobby", `m${i}`);
      await bob.take("message", ({ seq }) => seq === 3);
      assertEquals((await ann.say("other", "lobby", "m2")).seq, 2);
      ann.send({ type: "typing", room: "lobby" });
      await bob.take("typing");
      bob.send({ type: "name", name: "carl" });
      await ann.take("renamed");
      await using late = await ChatClient.open(two.port);
      assertEquals((await late.join("lobby", 1)).messages.length, 2);
      assertEquals((await late.join("elsewhere")).last, 0);
      {
        // Snapshots are stored, and the log that they cover is purged.
        await using connected = await Nats.connect({ url: nats.url });
        const { streams } = connected.manager;
        await ann.join("busy");
        for (let i = 0; (await streams.info("hubbub_log")).state.first_seq === 1; i++) {
          assert(i < 2000, "the log was never purged");
          await ann.say(`message ${i}`, "busy");
        }
      }
      const cookie = cookieIn(await login(two, { name: "dora" }));
      await post(one, "/logout", { headers: { cookie } });
      await done("backup", ...flags, `${folder.path}/backup.db`);
      for (const server of [one, two]) server.signal("SIGTERM");
      await Promise.all([one.status, two.status]);
    }
    {
      await using again = await Hubbub.start([...flags]);
      await using ann = await ChatClient.open(again.port, basic("ann:open sesame"));
      assertEquals((await ann.join("lobby")).last, 3);
      archive = await done("export", ...flags);
    }
    await folder.write("export.jsonl", archive);
    await using empty = await startExampleNats();
    await done("import", "--nats", empty.url, `${folder.path}/export.jsonl`);
    assertEquals(await done("export", "--nats", empty.url), archive);
    for (const { server } of [nats, empty]) {
      assert(!VIOLATION.test(server.output), server.output);
    }
  },
});

Deno.test({
  name: "nats.conf lets nobody in without the password, and lets Hubbub's user forge nothing",
  ignore,
  async fn() {
    await using nats = await startExampleNats();
    const { port, server } = nats;
    for (const user of ["", "hubbub:wrong@", "nobody:swordfish@"]) {
      const { code, stderr } = await runHubbub(["--nats", `nats://${user}127.0.0.1:${port}`]);
      assertEquals([code, stderr], [
        1,
        `Cannot use NATS at 127.0.0.1:${port}: it refuses the user; see --nats-creds\n`,
      ]);
    }
    await using user = await Nats.connect({ url: nats.url });
    const subscription = user.connection.subscribe(">", { callback: () => {} });
    await server.prints(/Subscription Violation.*Subject ">"/);
    subscription.unsubscribe();
    for (
      const subject of ["$JS.API.STREAM.DELETE.hubbub_files", "$JS.API.STREAM.RESTORE.hubbub_log"]
    ) {
      user.connection.publish(subject, "{}");
      const escaped = subject.replaceAll(/[.$]/g, String.raw`\$&`);
      await server.prints(new RegExp(`Publish Violation.*Subject "${escaped}"`));
    }
  },
});

Deno.test({
  name: "nats.conf speaks TLS with the example's lines in use",
  ignore: ignore || noOpenssl,
  async fn() {
    await using folder = await temporaryFolder();
    const { cert, key } = await makeCertificate(folder);
    await using nats = await startExampleNats(undefined, (example) =>
      example
        .replace(/^# (tls \{\n)# (.*\n)# (.*\n)# (\})$/m, "$1$2$3$4")
        .replace(/cert_file: ".*"/, `cert_file: "${cert}"`)
        .replace(/key_file: ".*"/, `key_file: "${key}"`));
    const url = nats.url.replace("nats://", "tls://").replace("127.0.0.1", "localhost");
    const { stderr } = await runHubbub(["--nats", url]);
    assertMatch(stderr, /^Cannot use NATS at localhost:\d+: .*certificate.*\n$/);
    // It is reached, and empty.
    assertEquals(
      (await runHubbub(["export", "--nats", url], { env: { DENO_CERT: cert } })).stderr,
      "Cannot use NATS: no Hubbub has written to it\n",
    );
  },
});

/** Three servers of NATS, as the example has them. */
async function startThree(stack: AsyncDisposableStack): Promise<ExampleNats[]> {
  const routes = [freePort(), freePort(), freePort()];
  return await Promise.all(routes.map(async (own, i) => {
    const [other = 0, another = 0] = routes.filter((port) => port !== own);
    const nats = await startExampleNats(undefined, (example) =>
      example
        .replace(/^# server_name: nats1\n((?:# .*\n)+)/m, (_, block: string) =>
          `server_name: nats${i}\n${block.replaceAll(/^# /gm, "")}`)
        .replace("10.0.0.1:6222", `127.0.0.1:${own}`)
        .replace("10.0.0.2:6222", `127.0.0.1:${other}`)
        .replace("10.0.0.3:6222", `127.0.0.1:${another}`));
    return stack.use(nats);
  }));
}

/** Starts a server once the servers of NATS have chosen who leads. */
async function startWhenLed(flags: string[]): Promise<Hubbub> {
  while (true) {
    try {
      return await Hubbub.start(flags);
    } catch (error) {
      // A missing permission is permanent: do not retry.
      if (!/Cannot use NATS/.test(String(error)) || /permission/i.test(String(error))) throw error;
      await delay(200);
    }
  }
}

Deno.test({
  name: "nats.conf joins three servers of NATS, which go on when one of them dies",
  ignore,
  async fn() {
    await using stack = new AsyncDisposableStack();
    const three = await startThree(stack);
    const flags = ["--nats", three.map(({ url }) => url).join(), "--nats-replicas", "3"];
    await using one = await startWhenLed(flags);
    await using two = await startWhenLed(flags);
    await using ann = await ChatClient.enter(one.port);
    await using bob = await ChatClient.enter(two.port);
    for (let i = 1; i <= 60; i++) {
      if (i === 20) three[0]?.server.kill();
      const isMine = (line: object) =>
        ("id" in line && line.id === `m${i}`) || ("ref" in line && line.ref === `m${i}`);
      // Until it is stored, as the page does.
      for (let stored = false; !stored;) {
        const before = ann.lines.length;
        ann.send({ type: "send", room: "lobby", id: `m${i}`, text: `message ${i}` });
        await ann.until(() => ann.lines.slice(before).some(isMine));
        stored = ann.lines.slice(before).some((line) => line.type === "message" && isMine(line));
        if (!stored) await delay(200);
      }
    }
    const heard = () => bob.lines.filter((line) => line.type === "message");
    await bob.until(() => heard().length >= 60);
    assertEquals(seqs(heard()), range(1, 60));
    assertEquals(heard().map(({ text }) => text), range(1, 60).map((i) => `message ${i}`));
    for (const { server } of three) {
      assert(!VIOLATION.test(server.output), server.output);
    }
  },
});

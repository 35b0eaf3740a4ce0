import { DiscardPolicy } from "@nats-io/jetstream";
import { nkeys } from "@nats-io/transport-node";
import { openCluster } from "./cluster.ts";
import { Nats } from "./connection.ts";
import { Snapshots } from "./snapshots.ts";
import { People } from "../people/people.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../testing/assert.ts";
import { type Folder, temporaryFolder } from "../testing/folder.ts";
import { ROOT } from "../testing/hubbub.ts";
import { draft, query } from "../testing/message_log_cases.ts";
import { freePort } from "../testing/free_port.ts";
import { TestNats, withoutNats } from "../testing/nats.ts";
import { delay } from "../lib/std.ts";
import { missing, onPath } from "../testing/strict.ts";
import { UserError } from "../lib/user_error.ts";

const ignore = withoutNats();
const openssl = onPath("openssl") !== undefined;

/** The error message that the program would print. */
async function problem(options: Parameters<typeof openCluster>[0]): Promise<string> {
  const { message } = await assertRejects(() => openCluster(options), UserError);
  assert(!message.includes("\n"), message);
  return message;
}

Deno.test("an address that is none, or where nobody listens, is named", async () => {
  const port = freePort();
  assertEquals(
    await problem({ url: `nats://user:secret@127.0.0.1:${port}` }),
    `Cannot use NATS at 127.0.0.1:${port}: connection refused`,
  );
  assertMatch(await problem({ url: "http://127.0.0.1" }), /must be like nats:\/\/HOST:4222/);
  assertMatch(await problem({ url: "" }), /must be like/);
  const creds = new TextEncoder().encode("not what a credentials file says");
  assertMatch(await problem({ url: "nats://127.0.0.1", creds }), /the credentials for NATS/);
});

Deno.test({
  name: "a NATS without JetStream, or with too few servers, is named",
  ignore,
  fn: async () => {
    {
      await using nats = await TestNats.start({ jetStream: false });
      assertMatch(await problem({ url: nats.url }), /start nats-server with -js$/);
    }
    await using nats = await TestNats.start();
    assertMatch(await problem({ url: nats.url, replicas: 3 }), /replicas > 1 not supported/);
  },
});

Deno.test({
  name: "a name and password in the address let in, wrong ones are refused",
  ignore,
  fn: async () => {
    const config = "authorization { user: hubbub, password: secret }";
    await using nats = await TestNats.start({ config });
    const url = (user: string) => nats.url.replace("//", `//${user}@`);
    for (const refused of [nats.url, url("hubbub:wrong"), url("wrong:secret")]) {
      const message = await problem({ url: refused });
      assertMatch(message, /refuses the user; see --nats-creds$/);
      assert(!message.includes("wrong"));
    }
    await using _cluster = await openCluster({ url: url("hubbub:secret") });
    // In some of these the connection is reset at an awkward moment, which must end no process.
    for (let i = 0; i < 30; i++) await problem({ url: nats.url });
  },
});

Deno.test({
  name: "a credentials file lets in",
  ignore,
  fn: async () => {
    const { config, creds } = issueCredentials();
    await using nats = await TestNats.start({ config });
    assertMatch(await problem({ url: nats.url }), /refuses the user/);
    await using cluster = await openCluster({
      url: nats.url,
      creds: new TextEncoder().encode(creds),
    });
    assertEquals(cluster.id.length, 32);
  },
});

Deno.test({
  name: "tls:// speaks TLS, and to nobody without",
  ignore: ignore || missing("openssl", { found: openssl, get: "apt-get install openssl" }),
  fn: async () => {
    await using folder = await temporaryFolder();
    await issueCertificate(folder);
    const config = `tls { cert_file: "${folder.path}/cert", key_file: "${folder.path}/key" }`;
    await using nats = await TestNats.start({ config });
    const url = nats.url.replace("nats://127.0.0.1", "tls://localhost");
    assertMatch(await problem({ url }), /certificate/i);

    const cluster = new URL("cluster.ts", import.meta.url);
    await folder.write(
      "try.ts",
      `import { openCluster } from "${cluster}";
      const cluster = await openCluster({ url: "${url}" });
      console.log(cluster.connected);
      await cluster[Symbol.asyncDispose]();
      Deno.exit();`,
    );
    const options = `--no-check --allow-all --config ${new URL("deno.json", ROOT).pathname}`;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...options.split(" "), `${folder.path}/try.ts`],
      env: { DENO_CERT: `${folder.path}/ca` },
      stderr: "inherit",
    }).output();
    assertEquals(new TextDecoder().decode(stdout), "true\n");

    await using plain = await TestNats.start();
    assertMatch(
      await problem({ url: plain.url.replace("nats:", "tls:") }),
      /does not support 'tls'/,
    );
  },
});

Deno.test({
  name: "servers share a log, people and presence, and their data has one id",
  ignore,
  fn: async () => {
    await using nats = await TestNats.start();
    await using one = await openCluster<number>({ url: nats.url });
    await using two = await openCluster<number>({ url: nats.url });
    await using other = await openCluster<number>({ url: nats.url, prefix: "other" });
    assertEquals(one.id, two.id);
    assert(one.id !== other.id, "another prefix is another chat");
    const user = { id: "p1", name: "ann" };
    one.presence.join("lobby", user);
    assertEquals(await first(two.presence.changes.batches()), [{
      type: "joined",
      room: "lobby",
      user,
    }]);
    one.messages.append([{ room: "lobby", id: "a", user, text: "hi", origin: 1 }]);
    const [entry] = await first(two.messages.entries);
    assert(entry?.type === "message" && !("origin" in entry));
    const { at } = entry.message;
    assertEquals(entry.message, { room: "lobby", seq: 1, id: "a", user, text: "hi", at });
    assert(Math.abs(at - Date.now()) < 60_000);
    assert(await one.people.claim({ ...user, key: "ann", used: 1 }));
    await two.people.reach(Infinity);
    assertEquals((await two.people.byKey("ann"))?.id, "p1");
    assertEquals(await other.people.byKey("ann"), undefined);
    assertEquals(other.messages.roomCount, 0);
  },
});

Deno.test({
  name: "a cluster that was joined can be served, even if NATS is lost in that moment",
  ignore,
  fn: async () => {
    await using nats = await TestNats.start();
    await using cluster = await openCluster({ url: nats.url });
    await nats.stop();
    await People.open(cluster.people);
  },
});

Deno.test({
  name: "a JetStream that does not answer in time is asked again",
  ignore,
  fn: async () => {
    await using nats = await TestNats.start();
    using relay = new Relay(nats.port, "account_info_response", () => Promise.resolve(false));
    await using cluster = await openCluster({ url: relay.url });
    assert(relay.found);
    assert(cluster.connected);
  },
});

Deno.test({
  name: "a NATS that is slow to say that no other server is there lets a chat begin",
  ignore,
  fn: async () => {
    await using nats = await TestNats.start();
    using relay = new Relay(nats.port, "NATS/1.0 503", () => delay(2000).then(() => true));
    await using cluster = await openCluster({ url: relay.url });
    assert(relay.found);
    assert(cluster.connected);
  },
});

Deno.test({
  name: "what is asked in the moment in which NATS is lost fails at once",
  ignore,
  fn: async () => {
    await using nats = await TestNats.start();
    await using cluster = await openCluster<number>({ url: nats.url });
    cluster.messages.append([draft("a")]);
    await first(cluster.messages.entries);
    // So that nothing is answered any more.
    nats.halt();
    const { people, messages: log } = cluster;
    const asked = [
      people.claim({ id: "p1", name: "ann", key: "ann", used: 1 }),
      log.read({ ...query(), after: 5 }),
    ];
    const failed = Promise.all(asked.map((promise) => assertRejects(() => promise, Error)));
    await nats.stop();
    // Not because an answer was awaited for too long.
    for (const { message } of await failed) assertMatch(message, /NATS is lost$/);
  },
});

Deno.test({
  name: "streams that were set to delete what is in them are named, with the setting",
  ignore,
  fn: async () => {
    await using server = await TestNats.start();
    await (await openCluster({ url: server.url }))[Symbol.asyncDispose]();
    await using nats = await Nats.connect({ url: server.url });
    await makeSnapshot(nats);
    const { streams } = nats.manager;
    const day = 86_400e9;
    for (
      const [name, change, undo] of [
        ["hubbub_log", { max_age: day }, { max_age: 0 }],
        [
          "hubbub_log",
          { max_msgs: 1e6, discard: DiscardPolicy.Old },
          { max_msgs: -1, discard: DiscardPolicy.New },
        ],
        ["hubbub_log", { max_msgs_per_subject: 1000 }, { max_msgs_per_subject: -1 }],
        ["hubbub_files", { max_age: day }, { max_age: 0 }],
        ["hubbub_files", { discard_new_per_subject: false }, { discard_new_per_subject: true }],
        ["hubbub_snapshots", { max_age: day }, { max_age: 0 }],
      ] as const
    ) {
      await streams.update(name, change);
      const setting = "max_age" in change
        ? "max_age to 0"
        : "discard" in change
        ? "discard to new"
        : "max_msgs_per_subject to -1, or discard_new_per_subject";
      assertMatch(await problem({ url: server.url }), new RegExp(`${name} .*: set ${setting}$`));
      await streams.update(name, undo);
    }
    // What only refuses more than that loses nothing.
    await streams.update("hubbub_log", { max_bytes: 1e9 });
    await (await openCluster({ url: server.url }))[Symbol.asyncDispose]();
  },
});

/** Stores something as a snapshot, so that there is a stream for them. */
async function makeSnapshot(nats: Nats): Promise<void> {
  const file = await Deno.makeTempFile();
  await new Snapshots(nats, {}).upload(file, { position: 1, entry: "", epoch: "other" });
  await Deno.remove(file);
}

Deno.test({
  name: "another program's stream in the place of ours is named",
  ignore,
  fn: async () => {
    for (const [name, subjects] of [["jobs", "hubbub.>"], ["hubbub_log", "orders"]] as const) {
      await using server = await TestNats.start();
      {
        await using nats = await Nats.connect({ url: server.url });
        await nats.manager.streams.add({ name, subjects: [subjects] });
      }
      assertMatch(
        await problem({ url: server.url }),
        /stream jobs receives hubbub\.log\.\*|stream hubbub_log is not Hubbub's/,
      );
    }
  },
});

Deno.test({
  name: "the data of an older Hubbub is refused with what to do",
  ignore,
  fn: async () => {
    for (const name of ["KV_hubbub_people", "hubbub_room_lobby"]) {
      await using server = await TestNats.start();
      {
        await using nats = await Nats.connect({ url: server.url });
        await nats.manager.streams.add({ name, subjects: ["old.>"] });
      }
      assertMatch(await problem({ url: server.url }), /run export with that release, then import/);
    }
  },
});

Deno.test({
  name:
    "the server that begins a chat says how long messages are kept, and others say that they don't",
  ignore,
  fn: async () => {
    await using nats = await TestNats.start();
    const lines: string[] = [];
    const open = (keepDays?: number) =>
      openCluster({
        url: nats.url,
        ...(keepDays !== undefined && { keepDays }),
        onTrouble: (line) => lines.push(line),
      });
    {
      await using one = await open(30);
      await using two = await open(7);
      await using three = await open();
      for (const { state } of [one, two, three]) assertEquals(state.store?.keepDays, 30);
    }
    assertEquals(lines.length, 1);
    assertMatch(lines.join(), /--keep-days 7 is ignored: .* for 30 days; an admin changes that/);
    {
      await using again = await open();
      assertEquals(again.state.store?.keepDays, 30);
    }
    await using alone = await open(7);
    assertEquals(alone.state.store?.keepDays, 30);
    assertEquals(lines.length, 2);
  },
});

/** A relay to NATS that does something to the first thing with a word in it that NATS says. */
class Relay implements Disposable {
  readonly url: string;
  found = false;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });

  /** @param judge returns whether that is passed on */
  constructor(port: number, word: string, judge: () => Promise<boolean>) {
    this.url = `nats://127.0.0.1:${this.#listener.addr.port}`;
    void this.#run(port, word, judge);
  }

  async #run(port: number, word: string, judge: () => Promise<boolean>): Promise<void> {
    for await (const near of this.#listener) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port });
      const change = new TransformStream<Uint8Array, Uint8Array>({
        transform: async (bytes, controller) => {
          const isIt = !this.found && new TextDecoder().decode(bytes).includes(word);
          this.found ||= isIt;
          if (!isIt || await judge()) controller.enqueue(bytes);
        },
      });
      void Promise.allSettled([
        near.readable.pipeTo(far.writable),
        far.readable.pipeThrough(change).pipeTo(near.writable),
      ]);
    }
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }
}

async function first<T>(batches: AsyncIterable<T[]>): Promise<T[]> {
  for await (const batch of batches) return batch;
  throw new Error("Nothing came");
}

/** Writes the files `cert` and `key` for localhost, and `ca`, who vouches for them. */
async function issueCertificate(folder: Folder): Promise<void> {
  await folder.write("ext", "subjectAltName=DNS:localhost");
  for (
    const args of [
      "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca -days 2 -subj /CN=Test",
      "req -newkey rsa:2048 -nodes -keyout key -out csr -subj /CN=localhost",
      "x509 -req -in csr -CA ca -CAkey ca.key -CAcreateserial -out cert -days 2 -extfile ext",
    ]
  ) {
    const options = { args: args.split(" "), cwd: folder.path, stderr: "null" } as const;
    assert((await new Deno.Command("openssl", options).output()).success, args);
  }
}

/** Makes the server's configuration and a user's credentials, as an operator of NATS does. */
function issueCredentials(): { config: string; creds: string } {
  const [operator, account, system, user] = [
    nkeys.createOperator(),
    nkeys.createAccount(),
    nkeys.createAccount(),
    nkeys.createUser(),
  ];
  const encode = (value: object) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64(URL_SAFE);
  const issue = (issuer: typeof operator, subject: typeof operator, nats: object) => {
    const claims = {
      jti: crypto.randomUUID(),
      iat: Math.floor(Date.now() / 1000),
      iss: issuer.getPublicKey(),
      name: "test",
      sub: subject.getPublicKey(),
      nats: { ...nats, version: 2 },
    };
    const body = `${encode({ typ: "JWT", alg: "ed25519-nkey" })}.${encode(claims)}`;
    return `${body}.${issuer.sign(new TextEncoder().encode(body)).toBase64(URL_SAFE)}`;
  };
  const some = { subs: -1, data: -1, payload: -1 };
  const all = { ...some, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const stores = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const limits = { ...all, ...stores };
  const userToken = issue(account, user, { type: "user", ...some });
  const seed = new TextDecoder().decode(user.getSeed());
  return {
    config: `
      operator: "${issue(operator, operator, { type: "operator" })}"
      system_account: ${system.getPublicKey()}
      resolver: MEMORY
      resolver_preload: {
        ${system.getPublicKey()}: "${issue(operator, system, { type: "account", limits: all })}"
        ${account.getPublicKey()}: "${issue(operator, account, { type: "account", limits })}"
      }`,
    creds: `-----BEGIN NATS USER JWT-----\n${userToken}\n------END NATS USER JWT------\n\n` +
      `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`,
  };
}

const URL_SAFE = { alphabet: "base64url", omitPadding: true } as const;

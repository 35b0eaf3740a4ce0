/** Uploads that continue after the server was killed in the middle; 200 MB with `HUBBUB_TEST_LONG=1`. */
import { assert, assertEquals } from "../testing/assert.ts";
import { Buffer } from "node:buffer";
import { basic } from "../testing/chat_client.ts";
import { createHash } from "node:crypto";
import { DefaultHttpStack, Upload } from "tus-js-client";
import { freePort } from "../testing/free_port.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { missing, onPath } from "../testing/strict.ts";
import { TestNats, withoutNats } from "../testing/nats.ts";
import { noNginx, type Proxy, startNginx } from "../testing/proxy.ts";
import { randomBytes } from "../testing/sample_files.ts";
import { residentBytes } from "../testing/proc.ts";
import { TusClient } from "../testing/tus.ts";
import { sizeOf } from "../state/files.ts";

const LONG = Deno.env.get("HUBBUB_TEST_LONG") === "1";
const SIZE = LONG ? 200_000_000 : 20_000_000;
const ANN = basic("ann:open sesame");

/** The server's memory may grow by this while a file of any size is uploaded, in bytes. */
const GROWTH_BYTES = 16 << 20;

const noCurl = missing("curl", {
  found: onPath("curl") !== undefined,
  get: "apt-get install curl",
});

Deno.test({
  name: "the program continues uploads of tus-js-client and curl through nginx after kill -9",
  ignore: noNginx || noCurl,
  async fn(t) {
    await using folder = await temporaryFolder();
    const server = new KilledServer(`${folder.path}/chat.db`);
    await using _server = server;
    await server.start();
    await using proxy = await startNginx(folder, [server.port]);
    const bytes = randomBytes(SIZE);
    const hash = hashOf(bytes);
    // The first upload loads code, a worker and its libraries, which stay in memory.
    await new TusClient(server.port, ANN).upload(randomBytes(1_000_000), "first");

    await t.step("tus-js-client, of which the server is killed at a third", async () => {
      let killed: Promise<void> | undefined;
      const url = await upload(bytes, proxy, (sent) => {
        if (sent > SIZE / 3) killed ??= server.restart();
      });
      await killed;
      assert(killed !== undefined);
      assertEquals(await downloaded(proxy, `${url}/file`), hash);
    });

    await t.step(
      "curl, of which the server is killed at a third, and which sends the rest",
      async () => {
        const tus = new TusClient(server.port, ANN);
        const path = await tus.begin(SIZE, { filename: "curl" });
        await folder.write("file", bytes);
        const first = curl(folder.path, proxy, path, 0);
        const arrived = () => sizeOf(`${server.data}.files/uploads/${path.slice(7)}`);
        while (arrived() < SIZE / 3) await new Promise((resolve) => setTimeout(resolve, 5));
        await server.restart();
        assert((await first) !== "204");
        const offset = await tus.offset(path);
        assert(offset >= SIZE / 3 && offset < SIZE, `${offset}`);
        await folder.write("file", bytes.subarray(offset));
        assertEquals(await curl(folder.path, proxy, path, offset), "204");
        assertEquals(await downloaded(proxy, `${proxy.origin}${path}/file`), hash);
      },
    );

    await t.step("without more memory than a few pieces of them", async () => {
      const grown = await growth(server.pid, () => upload(bytes, proxy, () => {}));
      assert(grown < GROWTH_BYTES, `${grown / 1e6} MB`);
    });
  },
});

Deno.test({
  name: "a server on NATS takes a large upload without more memory than a few pieces of it",
  // Of less, the garbage of JavaScript would be as much without any care.
  ignore: withoutNats() || !LONG,
  async fn() {
    await using nats = await TestNats.start();
    const flags = ["--nats", nats.url, "--max-file", `${SIZE}`];
    await using one = await Hubbub.start(flags);
    await using two = await Hubbub.start(flags);
    const [tus, other] = [one, two].map(({ port }) => new TusClient(port, ANN));
    assert(tus && other);
    // Loads the worker at both.
    const first = await tus.upload(randomBytes(1_000_000), "first");
    await (await other.get(first)).body?.cancel();
    const bytes = randomBytes(SIZE);
    let file = "";
    const grown = await growth(one.pid, async () => file = await tus.upload(bytes, "large"));
    assert(grown < GROWTH_BYTES, `${grown / 1e6} MB`);
    assertEquals(hashOf(await (await other.get(file)).bytes()), hashOf(bytes));
  },
});

/**
 * Resolves to the bytes by which the memory of a process was larger at most while something was done: the least of three times,
 * as garbage of what was done before may be collected at any moment.
 */
async function growth(pid: number, act: () => Promise<unknown>): Promise<number> {
  const grown: number[] = [];
  for (let i = 0; i < 3; i++) {
    const before = residentBytes(pid);
    let most = before;
    const timer = setInterval(() => most = Math.max(most, residentBytes(pid)), 20);
    await act();
    clearInterval(timer);
    grown.push(most - before);
  }
  return Math.min(...grown);
}

/** A server that is killed and started again at the same port with the same data. */
class KilledServer implements AsyncDisposable {
  readonly port = freePort();
  #hubbub: Hubbub | undefined;

  constructor(readonly data: string) {}

  get pid(): number {
    return this.#hubbub?.pid ?? 0;
  }

  async start(): Promise<void> {
    const flags = ["--port", `${this.port}`, "--data", this.data, "--trust-proxy"];
    this.#hubbub = await Hubbub.start([...flags, "--max-file", `${SIZE}`]);
  }

  async restart(): Promise<void> {
    await this[Symbol.asyncDispose]();
    await this.start();
  }

  /** Kills it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hubbub?.[Symbol.asyncDispose]();
  }
}

/** Uploads by tus-js-client, which retries automatically; resolves to the address. */
async function upload(
  bytes: Uint8Array,
  { origin, pem }: Proxy,
  onProgress: (sent: number) => void,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const upload = new Upload(Buffer.from(bytes.buffer), {
    endpoint: `${origin}/files`,
    headers: { ...ANN },
    metadata: { filename: "file" },
    retryDelays: Array.from({ length: 100 }, () => 100),
    chunkSize: SIZE / 10,
    httpStack: new DefaultHttpStack({ ca: pem }),
    onProgress,
    onSuccess: () => resolve(),
    onError: reject,
  });
  upload.start();
  await promise;
  return upload.url ?? "";
}

/** Sends the file of a folder by curl at 60 MB/s; resolves to the status. */
async function curl(
  folder: string,
  { origin }: Proxy,
  path: string,
  offset: number,
): Promise<string> {
  const headers = {
    "tus-resumable": "1.0.0",
    "upload-offset": `${offset}`,
    "content-type": "application/offset+octet-stream",
  };
  const { stdout } = await new Deno.Command("curl", {
    args: [
      ...["--silent", "--cacert", `${folder}/cert.pem`, "--user", "ann:open sesame"],
      ...["--limit-rate", "60M", "--request", "PATCH", "--upload-file", `${folder}/file`],
      ...["--output", "/dev/null", "--write-out", "%{http_code}"],
      ...Object.entries(headers).flatMap(([name, value]) => ["--header", `${name}: ${value}`]),
      origin + path,
    ],
  }).output();
  return new TextDecoder().decode(stdout);
}

/** Returns the hash of what is downloaded. */
async function downloaded({ client }: Proxy, url: string): Promise<string> {
  const answer = await fetch(url, { client, headers: ANN });
  assertEquals(answer.status, 200);
  const hash = createHash("sha256");
  for await (const piece of answer.body ?? []) hash.update(piece);
  return hash.digest("hex");
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

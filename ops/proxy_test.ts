/** Hubbub behind real proxies, set up as the examples say. */
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { type Folder, temporaryFolder } from "../testing/folder.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { makeCertificate, noOpenssl } from "../testing/openssl.ts";
import { missing, onPath } from "../testing/strict.ts";
import { TestSocket, Wire } from "../testing/sockets.ts";

/** How long the proxies of the tests wait for a request's end. */
const HEADER_SECONDS = 1;

/** A proxy in front of a Hubbub. Disposing ends it. */
interface Proxy extends AsyncDisposable {
  /** Such as `https://localhost:4711`. */
  origin: string;
  port: number;
  /** Trusts its certificate. */
  client: Deno.HttpClient;
}

const NGINX = onPath("nginx") ?? ["/usr/sbin/nginx"].find(exists);
const noNginx = missing("nginx", {
  found: NGINX !== undefined,
  get: "apt-get install --no-install-recommends nginx-light",
});
const CADDY = onPath("caddy");
const noCaddy = missing("Caddy", {
  found: CADDY !== undefined,
  get: "apt-get install --no-install-recommends caddy",
});

async function startNginx(folder: Folder, hubbub: Hubbub): Promise<Proxy> {
  const { cert, key, pem } = await makeCertificate(folder);
  const port = freePort();
  const example = await readExample("nginx.conf");
  const site = example
    .replace("127.0.0.1:8000", `127.0.0.1:${hubbub.port}`)
    .replace("listen 443", `listen ${port}`)
    .replace(/ssl_certificate .*;/, `ssl_certificate ${cert};`)
    .replace(/ssl_certificate_key .*;/, `ssl_certificate_key ${key};`)
    .replace(/client_header_timeout .*;/, `client_header_timeout ${HEADER_SECONDS}s;`);
  await folder.write("site.conf", site);
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${folder.path}/${kind};`);
  await folder.write(
    "nginx.conf",
    `${Deno.uid() === 0 ? "user root;" : ""}
    daemon off; worker_processes 1; pid ${folder.path}/nginx.pid; error_log stderr;
    events {} http { access_log off; ${paths.join(" ")} include ${folder.path}/site.conf; }`,
  );
  const args = ["-p", folder.path, "-e", "stderr", "-c", `${folder.path}/nginx.conf`];
  return await startProxy(NGINX, args, {
    origin: `https://localhost:${port}`,
    port,
    client: Deno.createHttpClient({ caCerts: [pem] }),
  });
}

async function startCaddy(folder: Folder, hubbub: Hubbub): Promise<Proxy> {
  const port = freePort();
  const example = await readExample("Caddyfile");
  const site = example
    .replace("127.0.0.1:8000", `127.0.0.1:${hubbub.port}`)
    // Its certificates come from authorities that can't see this machine.
    .replace("chat.example", `http://localhost:${port}`)
    .replace("{\n", "{\n\tadmin off\n")
    .replace(/read_header .*/, `read_header ${HEADER_SECONDS}s`);
  await folder.write("Caddyfile", site);
  const args = ["run", "--config", `${folder.path}/Caddyfile`, "--adapter", "caddyfile"];
  return await startProxy(CADDY, args, {
    origin: `http://localhost:${port}`,
    port,
    client: Deno.createHttpClient({}),
  }, { HOME: folder.path, XDG_DATA_HOME: folder.path, XDG_CONFIG_HOME: folder.path });
}

async function startProxy(
  program: string | undefined,
  args: string[],
  proxy: { origin: string; port: number; client: Deno.HttpClient },
  env: Record<string, string> = {},
): Promise<Proxy> {
  const process = new Deno.Command(program ?? "", {
    args,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said = new Response(process.stderr).text();
  let ended = false;
  void process.status.then(() => ended = true);
  for (let answered = false; !answered;) {
    if (ended) throw new Error(`Cannot start ${program}: ${await said}`);
    answered = await fetch(`${proxy.origin}/healthz`, { client: proxy.client })
      .then((answer) => answer.body?.cancel().then(() => true) ?? true, () => false);
  }
  return {
    ...proxy,
    async [Symbol.asyncDispose]() {
      proxy.client.close();
      process.kill("SIGTERM");
      await process.status;
      await said;
    },
  };
}

const proxies = [
  { name: "nginx", start: startNginx, ignore: noNginx || noOpenssl },
  { name: "Caddy", start: startCaddy, ignore: noCaddy },
];

for (const { name, start, ignore } of proxies) {
  Deno.test({
    name: `Behind ${name}: page, cookies, Origin, WebSockets and addresses work`,
    ignore,
    async fn() {
      await using folder = await temporaryFolder();
      await using hubbub = await Hubbub.start(["--trust-proxy"]);
      await using proxy = await start(folder, hubbub);
      const { origin, client } = proxy;
      const secure = origin.startsWith("https:");

      const page = await fetch(`${origin}/`, { client });
      assertMatch(await page.text(), /<title>Hubbub/);
      const metrics = await fetch(`${origin}/metrics`, { client });
      await metrics.body?.cancel();
      assertEquals(metrics.status, 404);

      const login = (from: string) =>
        fetch(`${origin}/login`, {
          client,
          method: "POST",
          redirect: "manual",
          headers: { "content-type": "application/json", "origin": from },
          body: JSON.stringify({ name: "ann" }),
        });
      const foreign = await login("https://evil.example");
      await foreign.body?.cancel();
      assertEquals(foreign.status, 403);
      const answer = await login(origin);
      assertEquals(answer.status, 204);
      const cookie = answer.headers.get("set-cookie") ?? "";
      assertEquals(/; Secure/.test(cookie), secure, cookie);

      const address = `${origin.replace("http", "ws")}/ws`;
      const headers = { origin, cookie: cookie.split(";")[0] ?? "" };
      await using ann = await TestSocket.open(0, address, {
        client,
        // What a client says of itself comes before what the proxy says.
        headers: { ...headers, "x-forwarded-for": "192.0.2.66", "x-forwarded-proto": "gopher" },
        protocols: ["hubbub.v1"],
      });
      const [hello = ""] = await ann.received(1);
      assertEquals(JSON.parse(hello).user.name, "ann");
      await using bob = await TestSocket.open(0, `${address}?name=bob`, {
        client,
        headers: { origin },
      });
      ann.send(
        '{"type":"join","room":"lobby"}\n{"type":"send","room":"lobby","id":"1","text":"hi"}',
      );
      assertEquals(await bob.received(1), ["ann: hi"]);
      await ann.find((line) => line.includes('"type":"message"'));

      hubbub.signal("SIGTERM");
      assertEquals((await ann.closed).code, 1001);
      assertEquals((await bob.closed).code, 1001);
      const log = await hubbub.stderr;
      assertMatch(log, /"client in","person":"\w+","address":"(127\.0\.0\.1|::1)"/);
      assert(!log.includes("192.0.2.66"), log);
    },
  });

  Deno.test({
    name: `Behind ${name}: a request that is never sent to its end is cut by the proxy`,
    ignore,
    async fn() {
      await using folder = await temporaryFolder();
      await using hubbub = await Hubbub.start(["--trust-proxy"]);
      await using proxy = await start(folder, hubbub);
      if (proxy.origin.startsWith("https:")) {
        const pem = await Deno.readTextFile(`${folder.path}/cert.pem`);
        const { port } = proxy;
        using half = await Deno.connectTls({ hostname: "localhost", port, caCerts: [pem] });
        await half.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n"));
        const received = await half.read(new Uint8Array(100)).catch((error) => {
          if (error instanceof Deno.errors.UnexpectedEof) return null;
          throw error;
        });
        assertEquals(received, null);
      } else {
        using half = await Wire.connect(proxy.port);
        await half.write("GET / HTTP/1.1\r\nHost: localhost\r\n");
        const rest = new TextDecoder().decode(await half.readToEnd());
        assert(!rest.includes(" 200 "), rest);
      }
    },
  });
}

async function readExample(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(name, import.meta.url));
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/**
 * Real proxies in front of Hubbub, set up as the examples in `ops/` say.
 *
 * @module
 */
import type { Folder } from "./folder.ts";
import { ROOT } from "./hubbub.ts";
import { freePort } from "./free_port.ts";
import { makeCertificate, noOpenssl } from "./openssl.ts";
import { RunningProgram } from "./running_program.ts";
import { missing, onPath } from "./strict.ts";

/** The time that the proxies of the tests wait for a request's end, in s. */
const HEADER_SECONDS = 1;

/** A proxy in front of Hubbub. Disposing ends it. */
export interface Proxy extends AsyncDisposable {
  /** Such as `https://localhost:4711`. */
  readonly origin: string;
  readonly port: number;
  /** Trusts its certificate. */
  readonly client: Deno.HttpClient;
  /** The certificate; empty without TLS. */
  readonly pem: string;
}

const NGINX = onPath("nginx") ?? ["/usr/sbin/nginx"].find(exists);
const CADDY = onPath("caddy");

/** Whether tests must do without nginx, or its certificate; what belongs into their `ignore`. */
export const noNginx: boolean = missing("nginx", {
  found: NGINX !== undefined,
  get: "apt-get install --no-install-recommends nginx-light",
}) || noOpenssl;

/** Whether tests must do without Caddy. */
export const noCaddy: boolean = missing("Caddy", {
  found: CADDY !== undefined,
  get: "apt-get install --no-install-recommends caddy",
});

/**
 * Starts nginx as in `ops/nginx.conf`.
 *
 * @param ports of the servers behind it, for 8000 or, where `upstream` is given, for 8001 and so on.
 * @param upstream is put in the place of the example's.
 */
export async function startNginx(
  folder: Folder,
  ports: readonly number[],
  upstream?: string,
): Promise<Proxy> {
  const { cert, key, pem } = await makeCertificate(folder);
  const port = freePort();
  const example = await readExample("nginx.conf");
  const site = (upstream === undefined ? example : example.replace(UPSTREAM, upstream))
    .replaceAll(/127\.0\.0\.1:800(\d)/g, (_, n) => `127.0.0.1:${ports[Math.max(0, n - 1)]}`)
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
  const command = [NGINX ?? "", "-p", folder.path, "-e", "stderr", "-c"];
  return await start({
    command: [...command, `${folder.path}/nginx.conf`],
    origin: `https://localhost:${port}`,
    port,
    client: Deno.createHttpClient({ caCerts: [pem] }),
    pem,
  });
}

/** The one block of its kind in the example. */
const UPSTREAM = /^upstream [^}]*\}\n/m;

/** Starts Caddy as in `ops/Caddyfile`, in front of the one server that it is for. */
export async function startCaddy(folder: Folder, [behind]: readonly number[]): Promise<Proxy> {
  const port = freePort();
  const example = await readExample("Caddyfile");
  const site = example
    .replace("127.0.0.1:8000", `127.0.0.1:${behind}`)
    // Its certificates come from authorities that can't see this machine.
    .replace("chat.example", `http://localhost:${port}`)
    .replace("{\n", "{\n\tadmin off\n")
    .replace(/read_header .*/, `read_header ${HEADER_SECONDS}s`);
  await folder.write("Caddyfile", site);
  const args = ["run", "--config", `${folder.path}/Caddyfile`, "--adapter", "caddyfile"];
  return await start({
    command: [CADDY ?? "", ...args],
    env: { HOME: folder.path, XDG_DATA_HOME: folder.path, XDG_CONFIG_HOME: folder.path },
    origin: `http://localhost:${port}`,
    port,
    client: Deno.createHttpClient({}),
    pem: "",
  });
}

interface Starting {
  command: string[];
  env?: Record<string, string>;
  origin: string;
  port: number;
  client: Deno.HttpClient;
  pem: string;
}

/** Resolves when it answers. */
async function start({ command, env, origin, port, client, pem }: Starting): Promise<Proxy> {
  const running = new RunningProgram({ command, ...(env && { env }) });
  let ended = false;
  void running.status.then(() => ended = true);
  for (let answered = false; !answered;) {
    if (ended) throw new Error(`Cannot start ${command[0]}: ${running.output}`);
    answered = await fetch(`${origin}/healthz`, { client })
      .then((answer) => answer.body?.cancel().then(() => true) ?? true, () => false);
  }
  return {
    origin,
    port,
    client,
    pem,
    async [Symbol.asyncDispose]() {
      client.close();
      await running[Symbol.asyncDispose]();
    },
  };
}

async function readExample(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`ops/${name}`, ROOT));
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

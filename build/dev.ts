// deno-lint-ignore-file no-console -- a tool talks on the console
/**
 * Runs the chat for its developers.
 *
 * ```sh
 * deno task dev [FLAGS OF HUBBUB]
 * ```
 *
 * After a change of a source, the page is built, the server is restarted, and open browsers reload.
 * A page that cannot be built is reported, and the last one stays. The page gets one script more for
 * this; the next `deno task build` builds it without.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import config from "../deno.json" with { type: "json" };
import { buildPage } from "./build.ts";
import { Failure } from "./failure.ts";
import { reachableFrom } from "./import_graph.ts";

/** Time without a change after which a burst of changes is complete, in ms: editors write in steps. */
const SETTLE_MS = 50;

/** Folders of the project without sources, apart from the hidden ones. */
const UNWATCHED = ["dist", "docs", "node_modules"];

/** A script added to the page: it reloads the page when the server has another one. */
const RELOAD = `const own = document.currentScript.src.split("/").at(-1);
setInterval(async () => {
  const answer = await fetch("./", { cache: "no-store" }).catch(() => undefined);
  if (answer?.ok && !(await answer.text()).includes(own)) location.reload();
}, 300);
`;

/** Builds the page and adds {@linkcode RELOAD}. */
async function buildReloading(root: string): Promise<void> {
  const out = join(root, "dist", "page");
  await buildPage(root);
  // The next build must not take this page for its own.
  await Deno.truncate(`${out}.built`);
  const index = join(out, "index.html");
  const html = await Deno.readTextFile(index);
  // It names all other files after their content, so that it changes with any of them.
  const hash = createHash("sha256").update(html).digest("hex");
  const script = `<script src="reload.js?${hash}"></script>`;
  await Deno.writeTextFile(join(out, "reload.js"), RELOAD);
  await Deno.writeTextFile(index, html.replace("</head>", `${script}</head>`));
  for (const ending of [".br", ".gz"]) await Deno.remove(index + ending).catch(() => {});
}

/** The server, started anew after each change. */
class DevServer {
  readonly #root: string;
  readonly #args: readonly string[];
  #process: Deno.ChildProcess | undefined;

  constructor(root: string, args: readonly string[]) {
    this.#root = root;
    this.#args = args;
  }

  start(): void {
    const [, ...args] = config.tasks.start.command.split(" ");
    const process = new Deno.Command(Deno.execPath(), {
      args: [...args, ...this.#args],
      cwd: this.#root,
      stdin: "null",
    }).spawn();
    this.#process = process;
    void process.status.then(({ code }) => {
      if (this.#process !== process) return;
      this.#process = undefined;
      console.error(`Hubbub has ended with code ${code}; a change starts it again`);
    });
  }

  /** Ends it as SIGTERM does; pages then reconnect to the next one. */
  async stop(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    this.#process = undefined;
    process.kill("SIGTERM");
    await process.status;
  }
}

/** Calls `onChange` with the paths that changed, relative to `root`, once for each burst of changes. */
async function watch(root: string, onChange: (paths: string[]) => Promise<void>): Promise<void> {
  const folders = Array.from(Deno.readDirSync(root))
    .filter(({ name, isDirectory }) =>
      isDirectory && !name.startsWith(".") && !UNWATCHED.includes(name)
    )
    .map(({ name }) => join(root, name));
  const watchers = [Deno.watchFs(root, { recursive: false }), Deno.watchFs(folders)];
  const changed = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let handled = Promise.resolve();
  function handle(): void {
    const paths = [...changed];
    changed.clear();
    handled = handled.then(() => onChange(paths));
  }
  await Promise.all(watchers.map(async (watcher) => {
    for await (const { kind, paths } of watcher) {
      if (kind === "access") continue;
      for (const path of paths) changed.add(relative(root, path).replaceAll("\\", "/"));
      clearTimeout(timer);
      timer = setTimeout(handle, SETTLE_MS);
    }
  }));
}

/** Runs the chat until it is interrupted. */
async function develop(root: string, args: readonly string[]): Promise<void> {
  const server = new DevServer(root, args);
  let modules = new Set<string>();

  async function restart(page: boolean): Promise<void> {
    try {
      if (page) await buildReloading(root);
      modules = new Set([...await reachableFrom(root, ["main.ts"]), "deno.json"]);
    } catch (error) {
      if (!(error instanceof Failure || error instanceof Deno.errors.NotFound)) throw error;
      console.error(error.message);
      return;
    }
    await server.stop();
    server.start();
  }

  function onSignal(): void {
    void server.stop().then(() => Deno.exit(0));
  }
  Deno.addSignalListener("SIGINT", onSignal);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", onSignal);

  await restart(true);
  await watch(root, async (paths) => {
    const sources = paths.filter((path) => !path.endsWith("_test.ts"));
    const ofPage = sources.some((path) => /^(?:static|protocol)\/|^deno\.json$/.test(path));
    if (ofPage || sources.some((path) => modules.has(path))) await restart(ofPage);
  });
}

if (import.meta.main) {
  await develop(join(import.meta.dirname ?? ".", ".."), Deno.args);
}

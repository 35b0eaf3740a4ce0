/**
 * A real NATS with the configuration of `ops/nats.conf`.
 *
 * @module
 */
import { type Folder, temporaryFolder } from "./folder.ts";
import { ROOT } from "./hubbub.ts";
import { freePort } from "./free_port.ts";
import { RunningProgram } from "./running_program.ts";

/** The password that the tests choose. */
export const NATS_PASSWORD = "swordfish";

/** A NATS as in the example, on a port and in a folder of its own. Disposing ends it. */
export interface ExampleNats extends AsyncDisposable {
  readonly port: number;
  /** For `--nats`. */
  readonly url: string;
  readonly server: RunningProgram;
}

/**
 * Starts it.
 *
 * @param command how to start it with the file `ops/nats.conf`, for which its own file is put.
 * @param change makes another example of the file.
 */
export async function startExampleNats(
  command: readonly string[] = ["nats-server", "--config", "ops/nats.conf"],
  change = (example: string, _folder: Folder): string => example,
): Promise<ExampleNats> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const port = freePort();
  const example = await Deno.readTextFile(new URL("ops/nats.conf", ROOT));
  const config = change(example, folder)
    .replace("127.0.0.1:4222", `127.0.0.1:${port}`)
    .replace("/var/lib/nats", `${folder.path}/store`);
  await folder.write("nats.conf", config);
  const server = stack.use(
    new RunningProgram({
      command: command.map((word) => word === "ops/nats.conf" ? `${folder.path}/nats.conf` : word),
      env: { HUBBUB_NATS_PASSWORD: NATS_PASSWORD },
    }),
  );
  await server.prints(/Server is ready/);
  const open = stack.move();
  return {
    port,
    url: `nats://hubbub:${NATS_PASSWORD}@127.0.0.1:${port}`,
    server,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

import { RawSocket } from "../testing/raw_socket.ts";
import { assert } from "../testing/assert.ts";
import { ROOT } from "../testing/hubbub.ts";
import type { Holdings } from "../testing/measured_server.ts";
import { RawConnection } from "../testing/sockets.ts";

Deno.test("Server holds nothing of 1,000 clients when all have left, even a stuck one", async () => {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-check", "-A", "--v8-flags=--expose-gc"],
      "testing/measured_server.ts",
      ..."--host 127.0.0.1 --port 0 --data :memory: --rate 0 --idle-timeout 8".split(" "),
    ],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = process.stdin.getWriter();
  const output = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const read = async () => (await output.read()).value ?? "";
  const port = Number(await read());
  const holdings = async (): Promise<Holdings> => {
    await input.write(new Uint8Array([10]));
    return JSON.parse(await read());
  };

  /** Polls, since the runtime lets go of a connection that was cut when its next ping is due. */
  const until = async (settled: (held: Holdings) => boolean, at = ""): Promise<Holdings> => {
    const end = performance.now() + 120_000;
    for (;;) {
      const held = await holdings();
      if (settled(held)) return held;
      assert(performance.now() < end, `still held: ${JSON.stringify(held)}${at}`);
    }
  };

  // The first crowd also makes the program's own tables as large as they will be.
  await chat(port, 1000);
  const before = await until(({ open }) => open === 0);
  await chat(port, 1000);
  await until(
    ({ heap, external, registered, open }) =>
      open === 0 && registered === 0 && heap < before.heap * 1.2 &&
      external < before.external * 1.2,
    `, before: ${JSON.stringify(before)}`,
  );
  await input.close();
  await process.status;
  await output.cancel();
});

/** Connects `size` clients and one that reads nothing, lets one send to all, and cuts all off. */
async function chat(port: number, size: number): Promise<void> {
  using _stuck = await RawConnection.upgrade(port);
  const clients: RawSocket[] = [];
  const ends: Promise<unknown>[] = [];
  for (let i = 0; i < size; i++) {
    const client = await RawSocket.connect({ port, path: "/ws" });
    clients.push(client);
    ends.push(
      new Promise<void>((resolve, reject) => {
        let bytes = 0;
        client.receive((_, from, to) => {
          bytes += to - from;
          if (bytes >= MESSAGES * (MESSAGE_BYTES + 1)) resolve();
        }).then(reject);
      }),
    );
  }
  for (let i = 0; i < MESSAGES; i++) clients[0]?.send("x".repeat(MESSAGE_BYTES));
  await Promise.all(ends);
  for (const client of clients) client[Symbol.dispose]();
}

const MESSAGES = 100;
const MESSAGE_BYTES = 4000;

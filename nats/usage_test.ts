import { Nats } from "./connection.ts";
import { FullError } from "./errors.ts";
import { FileStream } from "./files/stream.ts";
import { Snapshots } from "./snapshots.ts";
import { delay } from "../lib/std.ts";
import { newContentId } from "../state/contents.ts";
import { assertEquals, assertRejects } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { TestNats, withoutNats } from "../testing/nats.ts";

const MIB = 1024 * 1024;
/** The time after which a server of NATS knows what the others store, and files are tried again, in ms. */
const KNOWN_MS = 2500;
const CONFIG = `accounts {
  files { jetstream { max_file: ${40 * MIB} }, users: [{ user: files, password: p }] }
  snapshots { jetstream { max_file: ${4 * MIB} }, users: [{ user: snapshots, password: p }] }
}
no_auth_user: files`;

Deno.test({
  name: "what had no room is not tried again because one copy would have",
  ignore: withoutNats(),
  fn: async () => {
    await using stack = new AsyncDisposableStack();
    const servers = await TestNats.startCluster(2, { config: CONFIG });
    const [url = ""] = servers.map((server) => stack.use(server).url);
    const connect = async (user: string) =>
      stack.use(await Nats.connect({ url: url.replace("//", `//${user}:p@`) }));
    const [one, other] = [await connect("files"), await connect("snapshots")];
    const files = new FileStream(one, { replicas: 2 });
    const snapshots = new Snapshots(other, { replicas: 2 });
    await using folder = await temporaryFolder();
    const path = `${folder.path}/state`;
    Deno.writeFileSync(path, new Uint8Array(3 * MIB));
    const about = { position: 1, entry: "", epoch: "e" };
    const tries = [
      () => files.store(newContentId(), 0, new Uint8Array(10), 0),
      () => snapshots.upload(path, about, () => delay(KNOWN_MS / 4)),
    ];
    const stored = async () => [
      (await one.manager.streams.info("hubbub_files")).state.last_seq,
      (await other.manager.streams.info("hubbub_snapshots")).state.last_seq,
    ];
    await Promise.all(tries.map((trying) => assertRejects(trying, FullError)));
    const before = await stored();
    await delay(KNOWN_MS);
    await Promise.all(tries.map((trying) => assertRejects(trying, FullError)));
    assertEquals(await stored(), before);
  },
});

/** Previews of links in the whole program, from source and compiled: with its own permissions, and its own rules. */
import { delay } from "../lib/std.ts";
import { assertEquals } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { anyRuntime } from "../testing/executable.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";

/** Between two looks at the metrics, in ms. */
const PAUSE_MS = 300;

/** Resolves to how many links had a result, once some have. */
async function count(hubbub: Hubbub, result: string, wanted: number): Promise<number> {
  for (;;) {
    const text = await (await fetch(hubbub.url("/metrics"))).text();
    const line = new RegExp(`^hubbub_link_previews_total\\{result="${result}"\\} (\\d+)$`, "m");
    const found = Number(line.exec(text)?.[1] ?? NaN);
    if (found >= wanted || Number.isNaN(found)) return found;
    await delay(PAUSE_MS);
  }
}

for (const runtime of await anyRuntime()) {
  Deno.test(`the program (${runtime.name}) reads nothing that is not on the public internet`, async () => {
    await using folder = await temporaryFolder();
    const data = ["--data", `${folder.path}/chat.db`];
    await using hubbub = await Hubbub.start(data, runtime);
    await using root = await ChatClient.enter(hubbub.port, ["lobby"], basic("root:open sesame"));
    const { code, stderr } = await runHubbub(["admin", ...data, "root"]);
    assertEquals(code, 0, stderr);
    await root.take("you", ({ role }) => role === "admin");
    // Off by default.
    await root.say("http://127.0.0.1/");
    root.send({ type: "set", id: "s", setting: "previews", value: true });
    await root.take("ok", ({ id }) => id === "s");
    await root.say("http://127.0.0.1/ https://169.254.169.254/latest/ http://[::1]/");
    await root.say("http://localhost/ http://127.0.0.1:8080/ https://10.0.0.1/");
    assertEquals(await count(hubbub, "forbidden", 6), 6);
    // A name that nobody has: what resolves names is allowed to.
    await root.say("https://nowhere.invalid/");
    assertEquals(await count(hubbub, "failed", 1), 1);
    // A page that was read once is remembered.
    await root.say("http://127.0.0.1/");
    assertEquals(await count(hubbub, "remembered", 1), 1);
    assertEquals(root.lines.filter(({ type }) => type === "changed"), []);
  });
}

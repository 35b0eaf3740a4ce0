import { assert, assertEquals, assertRejects } from "../testing/assert.ts";
import { draft } from "../testing/message_log_cases.ts";
import { readArchive } from "../archive/state.ts";
import { copyFile } from "./copy_file.ts";
import { readDatabase } from "./database.ts";
import { openLocalState } from "./local.ts";

Deno.test("copyFile copies a file as it was at one moment, beside a server that writes on", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "hubbub_copy_" });
  const [path, target] = [`${dir}/chat.db`, `${dir}/copy.db`];
  Deno.writeTextFileSync(target, "left by a process that was killed");
  {
    using store = openLocalState<number>({ path, sync: "normal" });
    const append = (from: number) =>
      store.messages.append(Array.from({ length: 100 }, (_, i) => draft(`m${from + i}`)));
    for (let i = 0; i < 50; i++) append(i * 100);
    const copying = copyFile(path, target);
    let writing = true;
    const done = copying.finally(() => writing = false);
    let batches = 50;
    for (; writing; batches++) {
      append(batches * 100);
      await new Promise((resolve) => setTimeout(resolve));
    }
    await done;
    assertEquals(Deno.statSync(target).mode, 0o100600);
    using copy = readDatabase(target);
    const messages = [...readArchive(copy)].filter(({ type }) => type === "message").length;
    assertEquals(messages % 100, 0, "a batch is whole");
    assert(messages >= 5000 && messages <= batches * 100, `it has ${messages} messages`);
  }
  await assertRejects(() => copyFile(`${dir}/none.db`, target), Error, "Cannot copy the data file");
  Deno.removeSync(dir, { recursive: true });
});

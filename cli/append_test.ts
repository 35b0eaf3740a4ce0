/** Commands on data files that are copies of what is in NATS. */
import { backup } from "../archive/backup.ts";
import { openDatabase, readDatabase } from "../state/database.ts";
import { State } from "../state/state.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { UserError } from "../lib/user_error.ts";
import { makeAdmin } from "./admin.ts";
import { rotateKeys } from "./rotate_keys.ts";
import { newChat } from "../state/local_log.ts";

Deno.test("hubbub admin and rotate-keys refuse a copy of a chat in NATS, and take a backup of it", async () => {
  await using folder = await temporaryFolder();
  const [copy, kept] = [`${folder.path}/copy.db`, `${folder.path}/kept.db`];
  const name = { type: "name", person: "p1", name: "ann", key: "ann", used: 1, secret: "hash" };
  {
    using database = openDatabase({ path: copy, sync: "normal", isCopy: true });
    const batch = { run: "run", number: 1, events: [{ ...newChat(0) }, name] };
    new State(database).apply([{ position: 1, at: 1, batch }]);
  }
  for (const change of [() => makeAdmin(copy, "ann"), () => rotateKeys(copy)]) {
    const { message } = await assertRejects(change, UserError);
    assertMatch(message, /it is a copy of what is in NATS.*use --nats URL/);
  }
  {
    using database = readDatabase(copy);
    assertEquals(new State(database).progress.position, 1);
    await backup(database, kept);
  }
  assertEquals(await makeAdmin(kept, "ann"), "ann is an admin");
  assert(await rotateKeys(kept));
});

import { assertEquals } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { openLocalState } from "./local.ts";

Deno.test("openLocalState keeps messages for the days that a new chat was given, until an admin changes that", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  const kept = (keepDays?: number) => {
    const options = keepDays === undefined ? {} : { keepDays };
    using store = openLocalState({ path, sync: "normal", ...options });
    return store.state.store?.keepDays;
  };
  assertEquals([kept(30), kept(), kept(0), kept(7)], [30, 30, 30, 30]);
  {
    using store = openLocalState({ path, sync: "normal" });
    const by = "root";
    store.state.append([{ type: "setting", setting: "keepDays", value: 9, by }], 1);
    assertEquals(store.state.store?.keepDays, 30, "nobody in charge");
    store.state.database.db.exec(`
      insert into people (id, name, key, used, role) values ('root', 'Root', 'root', 1, 'admin')
    `);
    store.state.append([{ type: "setting", setting: "keepDays", value: 9, by }], 1);
  }
  assertEquals([kept(), kept(30)], [9, 9]);
});

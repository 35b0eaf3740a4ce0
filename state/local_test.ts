import { assertEquals } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { openLocalState } from "./local.ts";

Deno.test("openLocalState keeps messages for the given days, or else for those given before", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  const kept = (keepDays?: number) => {
    const options = keepDays === undefined ? {} : { keepDays };
    using store = openLocalState({ path, sync: "normal", ...options });
    return store.state.store?.keepDays;
  };
  assertEquals([kept(), kept(30), kept(), kept(0), kept()], [0, 30, 30, 0, 0]);
});

import { assert, assertEquals } from "../testing/assert.ts";
import { Hubbub } from "../testing/hubbub.ts";

Deno.test("the program limits the logouts of an address, of which it stores each", async () => {
  await using hubbub = await Hubbub.start();
  const login = async (name: string) => {
    const answer = await fetch(hubbub.url("/login"), {
      method: "POST",
      redirect: "manual",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
    await answer.body?.cancel();
    return answer.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
  };
  const logout = async (cookie: string) => {
    const answer = await fetch(hubbub.url("/logout"), { method: "POST", headers: { cookie } });
    await answer.body?.cancel();
    return answer.status;
  };
  const [ann, bob] = [await login("ann"), await login("bob")];
  assertEquals(await logout(ann), 204);
  const again = await Promise.all(Array.from({ length: 250 }, () => logout(ann)));
  assertEquals([...new Set(again)].sort(), [204, 429]);
  // One a second is allowed again, so that a single one may be.
  const others = await Promise.all(Array.from({ length: 50 }, () => logout(bob)));
  assert(others.includes(429), `${others}`);
});

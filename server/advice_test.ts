import { adviser } from "./advice.ts";
import { assertEquals } from "../testing/assert.ts";

Deno.test("adviser logs each event once in a minute", () => {
  const logged: string[] = [];
  let time = 0;
  const advise = adviser((event, fields) => logged.push(`${event} ${fields?.advice}`), () => time);
  advise({ event: "host refused", fields: { advice: "a" } });
  advise({ event: "host refused", fields: { advice: "b" } });
  advise({ event: "origin refused", fields: { advice: "c" } });
  time = 60_000;
  advise({ event: "host refused", fields: { advice: "d" } });
  assertEquals(logged, ["host refused a", "origin refused c", "host refused d"]);
});

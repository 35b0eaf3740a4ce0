import { assert, assertEquals } from "./assert.ts";
import { freePort } from "./free_port.ts";

Deno.test("freePort gives processes that run side by side different ports", async () => {
  const program = `
    import { freePort } from ${JSON.stringify(import.meta.resolve("./free_port.ts"))};
    console.log(JSON.stringify(Array.from({ length: 100 }, freePort)));
  `;
  const outputs = await Promise.all(
    Array.from({ length: 3 }, () =>
      new Deno.Command(Deno.execPath(), {
        args: ["eval", "--no-check", program],
      }).output()),
  );
  const ports = outputs.flatMap(({ stdout }): number[] =>
    JSON.parse(new TextDecoder().decode(stdout))
  );
  assertEquals(new Set(ports).size, 300);
});

Deno.test("freePort gives a port on which a server can listen", () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  assert(listener.addr.port < 32_768, "it is one that the system gives to clients");
});

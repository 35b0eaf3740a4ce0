import { backendOptions, serverSettings } from "../cli/settings.ts";
import { parseFlags } from "../cli/flags.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { post } from "../testing/chat_client.ts";
import { CuttableProxy } from "../testing/cuttable_proxy.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { natsTest } from "../testing/nats.ts";
import { Waiter } from "../testing/waiter.ts";
import { Assets } from "../server/assets.ts";
import { openBackend } from "../server/backend.ts";
import { Server } from "../server/server.ts";

natsTest(
  "a claim link that could not be stored while NATS was lost is offered when it is back",
  async (nats) => {
    await using folder = await temporaryFolder();
    await folder.write("index.html", "<p>");
    await using proxy = new CuttableProxy(nats.port);
    const where = ["--nats", proxy.url, "--data", ":memory:", "--host", "127.0.0.1", "--port", "0"];
    const invocation = parseFlags(where, () => undefined);
    assert(invocation.run === "serve");
    const events: string[] = [];
    const waiter = new Waiter();
    const log = (event: string) => {
      events.push(event);
      waiter.check();
    };
    await using server = new Server({
      settings: serverSettings(invocation.flags),
      backend: await openBackend(backendOptions(invocation.flags), { log }),
      assets: Assets.load(new URL(`file://${folder.path}/`)),
      version: "test",
      log,
    });
    proxy.cut();
    await waiter.until(() => events.includes("NATS lost"));
    const late = Promise.withResolvers<string>();
    assertEquals(await server.offerClaim(late.resolve), undefined);
    assertEquals(events.filter((event) => event === "no claim link").length, 1);
    proxy.restore();
    const url = (path: string) => `http://127.0.0.1:${server.port}${path}`;
    const answer = await post({ url }, "/link", {
      body: JSON.stringify({ link: await late.promise }),
      headers: { "content-type": "application/json" },
    });
    assertEquals(JSON.parse(answer.text), { kind: "claim", chat: "", password: false });
    // The link that is out stays the only one.
    assertEquals(events.filter((event) => event === "no claim link").length, 1);
  },
);

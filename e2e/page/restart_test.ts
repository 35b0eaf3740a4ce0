import { assert, assertEquals } from "../../testing/assert.ts";
import { noBrowser, sharedBrowser } from "../../testing/browser.ts";
import { Hubbub } from "../../testing/hubbub.ts";
import { Visitor } from "../../testing/page.ts";

const shared = sharedBrowser();

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

/** Time offline, in seconds: a tunnel takes a minute, which is too long for every run. */
const OFFLINE_SECONDS = Number(Deno.env.get("HUBBUB_OFFLINE_SECONDS") ?? 4);

const NUMBERS = Array.from({ length: 10 }, (_, i) => i + 1);

Deno.test({
  ...options,
  name: "The server is killed and comes back while two people type: nothing is lost, nothing twice",
  async fn() {
    const folder = await Deno.makeTempDir();
    const data = `${folder}/hubbub.db`;
    try {
      await using browser = shared();
      await using hubbub = await Hubbub.start(["--data", data]);
      const people = [
        await Visitor.arrive(browser, hubbub.url(), { name: "Ann" }),
        await Visitor.arrive(browser, hubbub.url(), { name: "Bob" }),
      ];
      const loads = people.map(({ page }) => {
        const seen = { count: 0 };
        page.on("load", () => seen.count++);
        return seen;
      });
      const typing = people.map(async (person, who) => {
        for (const n of NUMBERS) {
          await person.send(`${who ? "bob" : "ann"} ${n}`);
          await person.page.waitForTimeout(120);
        }
      });
      await people[0]?.message("ann 3").waitFor();
      hubbub.signal("SIGKILL");
      await hubbub.status;
      await Promise.all(
        people.map(({ status }) => status.getByText(/^Connection closed\./).waitFor()),
      );
      await using _again = await Hubbub.start(["--data", data, "--port", String(hubbub.port)]);
      await Promise.all(typing);
      await Promise.all(people.map((person) => person.allSent()));
      await Promise.all(people.map((person) => person.status.getByText("Connected").waitFor()));
      await Promise.all(
        people.flatMap((person) =>
          ["ann 10", "bob 10"].map((text) =>
            person.messages.getByText(text, { exact: true }).waitFor()
          )
        ),
      );

      const [ann = [], bob = []] = await Promise.all(people.map((person) => person.texts()));
      assertEquals(ann, bob);
      for (const who of ["ann", "bob"]) {
        assertEquals(ann.filter((text) => text.startsWith(who)), NUMBERS.map((n) => `${who} ${n}`));
      }
      assertEquals(loads.map(({ count }) => count), [0, 0]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  ...options,
  name: "What is typed offline arrives once and in order, after a reload too",
  async fn() {
    await using browser = shared();
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    await ann.send("before");
    await bob.message("before").waitFor();

    const context = ann.page.context();
    await context.setOffline(true);
    await ann.status.getByText("Connection closed. You're offline.").waitFor();
    const written = ["first", "second", "third"];
    for (const text of written) await ann.send(text);
    assertEquals(await ann.page.locator(".pending").count(), 3);
    await context.setOffline(false);
    await bob.message("third").waitFor();
    await ann.allSent();
    assertEquals(await ann.texts(), ["before", ...written]);
    assertEquals(await bob.texts(), ["before", ...written]);

    await context.setOffline(true);
    await ann.send("kept over a reload");
    await context.setOffline(false);
    await ann.page.reload();
    await bob.message("kept over a reload").waitFor();
    for (const text of ["before", "kept over a reload"]) await ann.message(text).waitFor();
    await ann.allSent();
    assertEquals(await ann.texts(), await bob.texts());
  },
});

Deno.test({
  ...options,
  name: `Offline for ${OFFLINE_SECONDS} s with three messages typed: they arrive once, in order`,
  async fn() {
    await using browser = shared();
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    await ann.send("before");
    await bob.message("before").waitFor();

    await ann.page.context().setOffline(true);
    await ann.status.getByText("Connection closed. You're offline.").waitFor();
    const written = ["first", "second", "third"];
    for (const text of written) {
      await ann.send(text);
      await bob.send(`meanwhile ${text}`);
      await ann.page.waitForTimeout(OFFLINE_SECONDS * 1000 / written.length);
    }
    assertEquals(await ann.texts(), ["before", ...written]);
    assertEquals(await ann.page.locator(".log .pending").count(), 3);
    assertEquals(
      await ann.status.innerText(),
      "Connection closed. You're offline. Messages will be sent when you reconnect.",
    );

    const back = performance.now();
    await ann.page.context().setOffline(false);
    await bob.messages.getByText("third", { exact: true }).waitFor();
    await ann.allSent();
    const all = ["before", ...written.map((text) => `meanwhile ${text}`), ...written];
    assertEquals(await bob.texts(), all);
    assertEquals(await ann.texts(), all);
    assertEquals(await ann.status.innerText(), "Connected");
    // Back-off does not continue while nobody is online.
    assert(performance.now() - back < 30_000, "it took too long to come back");
    assertEquals([ann.faults, bob.faults], [[], []]);
  },
});

import { assertEquals } from "../testing/assert.ts";
import { launch, noBrowser } from "../testing/browser.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { Visitor } from "../testing/page.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { ignore: noBrowser, sanitizeResources: false, sanitizeOps: false };

const NUMBERS = Array.from({ length: 10 }, (_, i) => i + 1);

Deno.test({
  ...options,
  name: "The server is killed and comes back while two people type: nothing is lost, nothing twice",
  async fn() {
    const folder = await Deno.makeTempDir();
    const data = `${folder}/hubbub.db`;
    try {
      await using browser = await launch();
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
    await using browser = await launch();
    await using hubbub = await Hubbub.start(["--data", ":memory:"]);
    const ann = await Visitor.arrive(browser, hubbub.url(), { name: "Ann" });
    const bob = await Visitor.arrive(browser, hubbub.url(), { name: "Bob" });
    await ann.send("before");
    await bob.message("before").waitFor();

    const context = ann.page.context();
    await context.setOffline(true);
    await ann.status.getByText("Connection closed. You are offline.").waitFor();
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
    await ann.allSent();
    assertEquals(await ann.texts(), await bob.texts());
  },
});

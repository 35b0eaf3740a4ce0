/** Files that would do something, if a browser let them. */
import { assert, assertEquals } from "../testing/assert.ts";
import { browser as newGuest, ChatClient } from "../testing/chat_client.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { launch, noBrowser } from "../testing/browser.ts";
import { gifScript, text } from "../testing/sample_files.ts";
import { TusClient } from "../testing/tus.ts";

Deno.test({
  name: "the program serves files that run, request and frame nothing in a real browser",
  ignore: noBrowser,
  async fn(t) {
    const asked: string[] = [];
    await using canary = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (r) => {
      asked.push(r.url);
      return new Response("<p>framed", { headers: { "content-type": "text/html" } });
    });
    const there = `http://127.0.0.1:${canary.addr.port}`;
    await using hubbub = await Hubbub.start();
    const headers = await newGuest(hubbub.port);
    const tus = new TusClient(hubbub.port, headers);
    const script = `document.title = "ran"; fetch("${there}/fetch"); ` +
      `new Image().src = "${there}/image"; location = "${there}/location"; self.ran = true`;
    const markup = `<img src="${there}/img"><iframe src="${there}/frame"></iframe>` +
      `<link rel="stylesheet" href="${there}/style"><object data="${there}/object"></object>` +
      `<meta http-equiv="refresh" content="0;url=${there}/refresh">` +
      `<form action="${there}/form"><button id="b">x</button></form>`;
    const files = {
      "page.html": text(`<!doctype html><p>x${markup}<script>${script}</script>`),
      "picture.svg": text(
        `<svg xmlns="http://www.w3.org/2000/svg" onload='${script}'><image href="${there}/image"/>` +
          `<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="${there}/f"/>` +
          `</foreignObject><script>${script}</script></svg>`,
      ),
      "notes.txt": text(`x <script>${script}</script>${markup}`),
      "picture.gif": gifScript(script),
    };
    await using browser = await launch();
    const [name = "", value = ""] = headers.cookie.split("=");
    const newContext = async (options = {}) => {
      const context = await browser.newContext({ baseURL: hubbub.url(), ...options });
      await context.addCookies([{ name, value, url: hubbub.url() }]);
      return context;
    };
    const ids = new Map<string, string>();
    for (const [name, bytes] of Object.entries(files)) ids.set(name, await tus.upload(bytes, name));
    const path = (name: string) => `/files/${ids.get(name)}/${name}`;

    await t.step("markup is downloaded", async () => {
      const page = await (await newContext()).newPage();
      for (const name of ["page.html", "picture.svg"]) {
        const download = page.waitForEvent("download");
        await page.goto(path(name)).catch(() => {});
        assertEquals((await download).suggestedFilename(), name);
      }
    });

    for (const name of ids.keys()) {
      await t.step(`${name} does nothing, even if it is shown`, async () => {
        const page = await (await newContext()).newPage();
        // As a browser that ignores Content-Disposition.
        await page.route("**/files/**", async (route) => {
          const response = await route.fetch();
          const { "content-disposition": _, ...rest } = response.headers();
          await route.fulfill({ response, headers: rest });
        });
        const answer = await page.goto(path(name));
        assertEquals(answer?.status(), 200);
        // A request that went out would have arrived by now: it is answered in the order of these.
        await page.waitForLoadState("networkidle");
        assert(!(await page.title()).includes("ran"));
        assertEquals(page.url(), new URL(path(name), hubbub.url()).href);
        assertEquals(page.frames().slice(1).map((frame) => frame.url()).filter(isThere), []);
      });
    }

    await t.step("none is a script, a style or a frame of the page", async () => {
      const page = await (await newContext({ bypassCSP: true })).newPage();
      await page.goto("/healthz");
      for (const name of ids.keys()) {
        const outcome = await page.evaluate(`new Promise((resolve) => {
          const script = document.createElement("script");
          script.onload = () => resolve("loaded");
          script.onerror = () => resolve("refused");
          script.src = ${JSON.stringify(path(name))};
          document.documentElement.append(script);
        })`);
        assertEquals([outcome, await page.evaluate("self.ran")], ["refused", undefined], name);
      }
      const framing = await (await newContext()).newPage();
      await framing.goto("/healthz");
      const blocked = await framing.evaluate(`new Promise((resolve) => {
        addEventListener("securitypolicyviolation", ({ effectiveDirective }) => resolve(effectiveDirective));
        const frame = document.createElement("iframe");
        frame.src = ${JSON.stringify(path("notes.txt"))};
        document.documentElement.append(frame);
      })`);
      assertEquals(blocked, "frame-src");
    });

    await t.step(
      "a browser that has shown a file shows it no longer than it may be read",
      async () => {
        await using guest = await ChatClient.enter(hubbub.port, ["lobby"], headers);
        const id = ids.get("notes.txt") ?? "";
        guest.send({ type: "send", room: "lobby", id: "m", text: "", files: [id] });
        const { seq } = await guest.take("message");
        const page = await (await newContext()).newPage();
        const statuses: (number | undefined)[] = [];
        const visit = async () =>
          void statuses.push((await page.goto(path("notes.txt")))?.status());
        await visit();
        await visit();
        guest.send({ type: "delete", room: "lobby", seq });
        await guest.take("changed");
        await visit();
        assertEquals(statuses, [200, 200, 404]);
      },
    );

    assertEquals(asked, []);

    await t.step("without the policy of the server, it would", async () => {
      const page = await (await newContext()).newPage();
      await page.route("**/files/**", async (route) => {
        await route.fulfill({ contentType: "text/html", body: await (await route.fetch()).body() });
      });
      await page.goto(path("page.html")).catch(() => {});
      await page.waitForURL(`${there}/**`);
      assert(asked.length > 0);
    });

    function isThere(url: string): boolean {
      return url.startsWith(there);
    }
  },
});

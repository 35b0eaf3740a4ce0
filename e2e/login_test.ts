import { assert, assertEquals, assertMatch, assertNotEquals } from "../testing/assert.ts";
import {
  basic,
  browser,
  ChatClient,
  cookieIn,
  login,
  post,
  upgrade,
} from "../testing/chat_client.ts";
import { anyRuntime } from "../testing/executable.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub } from "../testing/hubbub.ts";

type Headers = Record<string, string>;

/** Asks a server who a client with these headers is. */
async function whoIs(port: number, headers: Headers = {}): Promise<{ id: string; name: string }> {
  await using client = await ChatClient.open(port, headers);
  return client.user;
}

for (const runtime of await anyRuntime()) {
  Deno.test(`the program (${runtime.name}) knows a browser by its cookie`, async (t) => {
    await using folder = await temporaryFolder();
    const flags = ["--data", `${folder.path}/chat.db`];
    let headers: Headers = {};
    let guest = { id: "", name: "" };
    let ann = guest;
    {
      await using hubbub = await Hubbub.start(flags, runtime);
      await t.step("it comes with the first 101", async () => {
        const cookie = (await upgrade(hubbub.port)).headers.get("set-cookie") ?? "";
        assertMatch(cookie, /^hubbub_\w{6}=[\w.-]+;/);
        const attributes = cookie.split("; ").slice(1).sort();
        assertEquals(attributes, ["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=Lax"]);
        headers = { cookie: cookie.slice(0, cookie.indexOf(";")) };
        assertEquals((await upgrade(hubbub.port, headers)).headers.get("set-cookie"), null);
        const among = { cookie: `a=b; ${headers.cookie}; c=d` };
        assertEquals((await upgrade(hubbub.port, among)).headers.get("set-cookie"), null);
        const plain = await upgrade(hubbub.port, {}, { protocol: null });
        assertMatch(plain.headers.get("set-cookie") ?? "", /^hubbub_/);
      });
      await t.step("it is the same person, who was given a name", async () => {
        guest = await whoIs(hubbub.port, headers);
        assertMatch(guest.name, /^guest-\w{4}$/);
        assertEquals(await whoIs(hubbub.port, headers), guest);
        assertNotEquals((await whoIs(hubbub.port)).id, guest.id);
      });
      await t.step("/login sets it too, for the same person under another name", async () => {
        const answer = await login(hubbub, { name: "Ann" }, headers);
        assertEquals(answer.status, 204);
        assertMatch(answer.headers.get("set-cookie") ?? "", /Max-Age=34560000/);
        headers = { cookie: cookieIn(answer) };
        ann = await whoIs(hubbub.port, headers);
        assertEquals(ann, { id: guest.id, name: "Ann" });
        const first = await login(hubbub, { name: "Zoë" });
        assertEquals((await whoIs(hubbub.port, { cookie: cookieIn(first) })).name, "Zoë");
      });
    }
    await using hubbub = await Hubbub.start(flags, runtime);
    await t.step("it outlives the server", async () => {
      assertEquals(await whoIs(hubbub.port, headers), ann);
      for (const name of ["Ann", "ANN", "ａｎｎ"]) await refusedEverywhere(hubbub, name, "taken");
    });
    await t.step("a forged or cut one makes a new guest", async () => {
      const { cookie = "" } = headers;
      const forged = cookie.slice(0, -2) + (cookie.endsWith("AA") ? "BB" : "AA");
      const other = cookie.replace(/=\w+/, `=${(await whoIs(hubbub.port)).id}`);
      const another = cookie.replace(/_\w+=/, "_aaaaaa=");
      for (const bad of [forged, cookie.slice(0, -1), `${cookie}x`, other, another, "=;=", "x"]) {
        const answer = await upgrade(hubbub.port, { cookie: bad });
        assertEquals(answer.status, 101);
        assertNotEquals((await whoIs(hubbub.port, { cookie: cookieIn(answer) })).id, ann.id);
      }
    });
    await t.step("/logout ends it, and its connections alone", async () => {
      const same = await login(hubbub, { name: "ann" }, headers);
      await using one = await ChatClient.open(hubbub.port, headers);
      await using two = await ChatClient.open(hubbub.port, { cookie: cookieIn(same) });
      await using other = await ChatClient.open(hubbub.port);
      const answer = await post(hubbub, "/logout", { headers });
      assertEquals(answer.status, 204);
      assertMatch(answer.headers.get("set-cookie") ?? "", /^hubbub_\w{6}=; .*Max-Age=0;/);
      assertEquals(
        [await one.closed, await two.closed],
        Array(2).fill({ code: 1000, reason: "Logged out" }),
      );
      await other.join("lobby");
      assertNotEquals((await whoIs(hubbub.port, headers)).id, ann.id);
      assertEquals((await post(hubbub, "/logout", { headers })).status, 204);
      await refusedEverywhere(hubbub, "ann", "taken");
    });
  });

  Deno.test(`the program (${runtime.name}) refuses names that deceive, whichever way they arrive`, async (t) => {
    await using hubbub = await Hubbub.start([], runtime);
    const names: [what: string, name: string][] = [
      ["empty", ""],
      ["33 characters", "x".repeat(33)],
      ["17 letters with 17 marks that stay apart", "q\u0301".repeat(17)],
      ["a colon", "ann: hi"],
      ["a full-width colon", "ann\uff1a hi"],
      ["a space before", " ann"],
      ["a space after", "ann "],
      ["a no-break space before", "\u00a0ann"],
      ["an ideographic space after", "ann\u3000"],
      ["a line break", "a\nb"],
      ["a tab", "a\tb"],
      ["NUL", "a\u0000b"],
      ["escape", "a\u001b[31m"],
      ["delete", "a\u007f"],
      ["a C1 control", "a\u0085b"],
      ["a line separator", "a\u2028b"],
      ["a zero-width space", "a\u200bb"],
      ["a zero-width joiner", "a\u200db"],
      ["a word joiner", "a\u2060b"],
      ["a byte order mark", "\ufeffann"],
      ["a soft hyphen", "an\u00adn"],
      ["a right-to-left override", "a\u202eb"],
      ["a left-to-right isolate", "a\u2066b"],
      ["an Arabic letter mark", "a\u061cb"],
      ["a Hangul filler", "\u3164"],
      ["a Braille blank", "\u2800"],
      ["a variation selector", "a\ufe0f"],
      ["a tag", "a\u{e0041}"],
      ["a combining mark first", "\u0301ann"],
      ["a guest's", "guest-ab12"],
      ["a guest's in capitals", "GUEST-ab12"],
      ["a guest's with another dash", "guest\u2010ab12"],
      ["a guest's in full width", "ｇｕｅｓｔ-ab12"],
    ];
    for (const [what, name] of names) {
      await t.step(what, () => refusedEverywhere(hubbub, name, "bad"));
    }
    await t.step("a name that is no text", async () => {
      await using client = await ChatClient.open(hubbub.port);
      assertEquals((await client.refused({ type: "name", name: 7 })).code, "bad_name");
      assertEquals((await login(hubbub, { name: 7 })).status, 400);
    });
    await t.step("names of all languages are taken", async () => {
      await using client = await ChatClient.open(hubbub.port);
      for (const name of ["李小龙", "محمد", "अनिल", "o'brien", "🦊".repeat(32)]) {
        client.send({ type: "name", name });
        assertEquals((await client.take("renamed")).user, { id: client.user.id, name });
      }
      client.send({ type: "name", name: "Zoe\u0308" });
      assertEquals((await client.take("renamed")).user.name, "Zo\u00eb");
    });
  });

  Deno.test(`the program (${runtime.name}) gives a name to one person, until that person takes another`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    const headers = await browser(hubbub.port);
    await using ann = await ChatClient.open(hubbub.port, headers);
    ann.send({ type: "name", name: "Weiß" });
    await ann.take("renamed");
    for (const name of ["Weiß", "WEISS", "weiss", "WEIẞ", "ｗｅｉß"]) {
      await refusedEverywhere(hubbub, name, "taken");
    }
    await login(hubbub, { name: "Ann" }, headers);
    assertEquals(await ann.take("renamed"), {
      type: "renamed",
      user: { id: ann.user.id, name: "Ann" },
      was: "Weiß",
    });
    await using bob = await ChatClient.open(hubbub.port);
    bob.send({ type: "name", name: "weiss" });
    assertEquals((await bob.take("renamed")).user.name, "weiss");
  });

  Deno.test(`the program (${runtime.name}) opens a name on another device with its secret alone`, async (t) => {
    await using folder = await temporaryFolder();
    const flags = ["--data", `${folder.path}/chat.db`];
    let id = "";
    {
      await using hubbub = await Hubbub.start(flags, runtime);
      await using ann = await ChatClient.open(hubbub.port);
      ann.send({ type: "name", name: "Ann", secret: "open: sésame" });
      ({ user: { id } } = await ann.take("renamed"));
    }
    await using hubbub = await Hubbub.start(flags, runtime);
    const { port } = hubbub;
    const secret = "open: se\u0301same";
    await t.step("/login with a form", async () => {
      const body = new URLSearchParams({ name: "ann", secret, password: "" });
      const answer = await post(hubbub, "/login", { body });
      assertEquals([answer.status, answer.headers.get("location")], [303, "/"]);
      assertEquals(await whoIs(port, { cookie: cookieIn(answer) }), { id, name: "Ann" });
    });
    await t.step("/login with JSON, who was another before is left behind", async () => {
      const headers = await browser(port);
      const answer = await login(hubbub, { name: "ann", secret }, headers);
      assertEquals([answer.status, answer.text], [204, ""]);
      assertEquals(await whoIs(port, { cookie: cookieIn(answer) }), { id, name: "Ann" });
      assertNotEquals((await whoIs(port, headers)).id, id);
    });
    await t.step("/login without it or with a wrong one", async () => {
      assertEquals((await login(hubbub, { name: "ann" })).status, 409);
      assertEquals((await login(hubbub, { name: "ann", secret: "open" })).status, 401);
      assertEquals((await login(hubbub, { name: "ann", secret: "x".repeat(257) })).status, 400);
    });
    await t.step("Basic", async () => {
      assertEquals(await whoIs(port, basic(`ANN:${secret}`)), { id, name: "Ann" });
      const headers = { ...await browser(port), ...basic(`ann:${secret}`) };
      assertEquals((await whoIs(port, headers)).id, id, "Basic wins over a cookie");
      const cookie = cookieIn(await upgrade(port, basic(`ann:${secret}`)));
      assertEquals((await whoIs(port, { cookie })).id, id, "a browser need not prove it again");
      assertEquals((await upgrade(port, basic("ann:open"))).status, 401);
      assertEquals((await upgrade(port, basic("ann"))).status, 409);
      assertEquals((await upgrade(port, basic("a\nb:secret"))).status, 400);
    });
    await t.step("Basic with a secret takes a free name", async () => {
      const first = await whoIs(port, basic("Carl:own secret"));
      assertEquals(first.name, "Carl");
      assertEquals(await whoIs(port, basic("carl:own secret")), first);
      await refusedEverywhere(hubbub, "carl", "taken");
    });
    await t.step("Basic without a secret holds a name while connected", async () => {
      await using dora = await ChatClient.open(port, basic("Dora:"));
      assertEquals(dora.user.name, "Dora");
      await refusedEverywhere(hubbub, "dora", "taken");
      await dora[Symbol.asyncDispose]();
      while ((await upgrade(port, basic("Dora:"))).status === 409);
      const headers = { ...await browser(port), ...basic("Emil:") };
      const emil = await whoIs(port, headers);
      while ((await upgrade(port, headers)).status === 409);
      assertEquals(await whoIs(port, headers), emil, "with a cookie it is the same person");
    });
    await t.step("the name command never makes one another person", async () => {
      await using client = await ChatClient.open(port);
      const { code } = await client.refused({ type: "name", name: "ann", secret });
      assertEquals(code, "name_taken");
    });
  });

  Deno.test(`the program (${runtime.name}) refuses wrong requests to /login and /logout`, async (t) => {
    await using hubbub = await Hubbub.start(["--origin", "https://chat.example"], runtime);
    const json = { "content-type": "application/json" };
    const cases: [what: string, body: BodyInit, headers: Headers, status: number][] = [
      ["no name", '{"secret":"x"}', json, 400],
      ["no object", '["ann"]', json, 400],
      ["null", "null", json, 400],
      ["no JSON", "{name:", json, 400],
      ["a secret that is no text", '{"name":"ann","secret":1}', json, 400],
      ["a form without a name", new URLSearchParams({ password: "x" }), {}, 400],
      ["a text", "name=ann", { "content-type": "text/plain" }, 400],
      ["no type", new Uint8Array([1]), {}, 400],
      ["a form with files", new FormData(), {}, 400],
      ["8 KiB and more", JSON.stringify({ name: "x".repeat(9000) }), json, 413],
      ["a foreign page", '{"name":"ann"}', { ...json, origin: "http://evil.example" }, 403],
      ["the null origin", '{"name":"ann"}', { ...json, origin: "null" }, 403],
      ["an allowed page", '{"name":"ann"}', { ...json, origin: "https://chat.example" }, 204],
      ["the own page", '{"name":"bob"}', { ...json, origin: hubbub.url().slice(0, -1) }, 204],
      [
        "JSON of a charset",
        '{"name":"eve"}',
        { "content-type": "Application/JSON; charset=utf-8" },
        204,
      ],
    ];
    for (const [what, body, headers, status] of cases) {
      await t.step(`${what}: ${status}`, async () => {
        assertEquals((await post(hubbub, "/login", { body, headers })).status, status);
      });
    }
    await t.step("/logout asked for by a foreign page", async () => {
      const headers = { ...await browser(hubbub.port), origin: "http://evil.example" };
      assertEquals((await post(hubbub, "/logout", { headers })).status, 403);
    });
    await t.step("other methods: 405", async () => {
      for (const path of ["/login", "/logout"]) {
        const answer = await fetch(hubbub.url(path));
        await answer.body?.cancel();
        assertEquals([answer.status, answer.headers.get("allow")], [405, "POST"]);
      }
    });
  });

  Deno.test(`the program (${runtime.name}) answers 503 to too many secrets at once`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    const count = navigator.hardwareConcurrency + 40;
    const clients = await Promise.all(
      Array.from({ length: count }, () => ChatClient.open(hubbub.port)),
    );
    for (const [i, client] of clients.entries()) {
      client.send({ type: "name", name: `name ${i}`, secret: "secret" });
    }
    const { code, retry } = await Promise.race(clients.map((client) => client.take("error")));
    assertEquals(code, "rate_limited");
    assert(retry !== undefined && retry > 0);
    const logins = Array.from({ length: count }, (_, i) => {
      return login(hubbub, { name: `late ${i}`, secret: "secret" });
    });
    await Promise.any(logins.map(async (answer) => assertEquals((await answer).status, 429)));
    await hubbub[Symbol.asyncDispose]();
    await Promise.allSettled(logins);
  });

  Deno.test(`the program (${runtime.name}) lets nobody in without the server's password`, async (t) => {
    await using folder = await temporaryFolder();
    await folder.write("password", "sesam: öffne\n");
    const data = ["--data", `${folder.path}/chat.db`];
    const password = "sesam: öffne";
    let headers: Headers = {};
    let ann = { id: "", name: "" };
    {
      await using hubbub = await Hubbub.start(
        [...data, "--password-file", `${folder.path}/password`],
        runtime,
      );
      const { port } = hubbub;
      await t.step("without it: 401, with a challenge for programs alone", async () => {
        const program = await upgrade(port);
        assertEquals(program.status, 401);
        assertMatch(program.headers.get("www-authenticate") ?? "", /^Basic realm=/);
        assertEquals(program.headers.get("set-cookie"), null);
        const page = await upgrade(port, { origin: "http://127.0.0.1" });
        assertEquals([page.status, page.headers.get("www-authenticate")], [401, null]);
        assertEquals((await upgrade(port, { cookie: "hubbub_aaaaaa=x" })).status, 401);
        for (const wrong of ["", ":", "ann", "ann:sesam", `ann:${password}x`, `${password}:`]) {
          assertEquals((await upgrade(port, basic(wrong))).status, 401, wrong);
        }
        assertEquals((await upgrade(port, { authorization: "Basic ???" })).status, 401);
        for (const wrong of [undefined, "", "sesam", `${password} `]) {
          assertEquals((await login(hubbub, { name: "ann", password: wrong })).status, 401);
        }
      });
      await t.step("with it: /login, and the cookie lets in from then on", async () => {
        const answer = await login(hubbub, { name: "Ann", secret: "s:e", password });
        assertEquals(answer.status, 204);
        headers = { cookie: cookieIn(answer) };
        ann = await whoIs(port, headers);
        assertEquals(ann.name, "Ann");
      });
      await t.step("with it: Basic, with or without a secret or a name", async () => {
        assertEquals(await whoIs(port, basic(`ann:${password}:s:e`)), ann);
        assertEquals((await upgrade(port, basic(`ann:${password}:other`))).status, 401);
        assertEquals((await upgrade(port, basic(`ann:${password}`))).status, 409);
        assertEquals((await whoIs(port, basic(`bob:${password}`))).name, "bob");
        assertMatch((await whoIs(port, basic(`:${password}`))).name, /^guest-/);
      });
      await t.step("a cookie that is forged, cut or logged out lets nobody in", async () => {
        const cookie = cookieIn(await login(hubbub, { name: "Leo", password }));
        assertEquals((await upgrade(port, { cookie })).status, 101);
        const forged = cookie.slice(0, -2) + (cookie.endsWith("AA") ? "BB" : "AA");
        for (const bad of [forged, cookie.slice(0, -1), `${cookie}x`]) {
          assertEquals((await upgrade(port, { cookie: bad })).status, 401, bad);
        }
        assertEquals((await post(hubbub, "/logout", { headers: { cookie } })).status, 204);
        assertEquals((await upgrade(port, { cookie })).status, 401);
      });
    }
    await using hubbub = await Hubbub.start([...data, "--password", "another"], runtime);
    await t.step("another one ends everyone's entry, not their names", async () => {
      const { port } = hubbub;
      assertEquals((await upgrade(port, headers)).status, 401);
      assertEquals((await upgrade(port, basic("eve:another"))).status, 101);
      assertEquals((await upgrade(port, basic("ann:another"))).status, 409);
      const again = await login(hubbub, { name: "Ann", password: "another" }, headers);
      assertEquals(again.status, 204, "the cookie still says who one is");
      assertEquals(await whoIs(port, { cookie: cookieIn(again) }), ann);
      assertEquals(await whoIs(port, basic("ann:another:s:e")), ann);
    });
  });
}

/** Tries to have a name in each way, as a new person: it can't be one, or is another's. */
async function refusedEverywhere(
  hubbub: Hubbub,
  name: string,
  why: "bad" | "taken",
): Promise<void> {
  const { port } = hubbub;
  const { code, status } =
    { bad: { code: "bad_name", status: 400 }, taken: { code: "name_taken", status: 409 } }[why];
  await using client = await ChatClient.open(port);
  assertEquals((await client.refused({ type: "name", name })).code, code);
  assertEquals((await login(hubbub, { name })).status, status);
  // Without a name neither of these asks for one.
  if (name === "") return;
  const path = `/ws?name=${encodeURIComponent(name)}`;
  assertEquals((await upgrade(port, {}, { path, protocol: null })).status, status);
  if (!name.includes(":")) assertEquals((await upgrade(port, basic(`${name}:`))).status, status);
}

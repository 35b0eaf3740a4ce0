import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { runtimes } from "../testing/executable.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { TestSocket } from "../testing/sockets.ts";

for (const runtime of await runtimes()) {
  Deno.test(`the program (${runtime.name}) logs a line for each event, and no text, name, secret or cookie`, async () => {
    await using hubbub = await Hubbub.start(["--log", "json", "--password", "pa55"], runtime);
    const cookies: string[] = [];
    const post = async (path: string, body: object): Promise<void> => {
      const answer = await fetch(hubbub.url(path), {
        method: "POST",
        headers: { "content-type": "application/json", cookie: cookies.at(-1) ?? "" },
        body: JSON.stringify(body),
      });
      await answer.body?.cancel();
      const cookie = answer.headers.get("set-cookie")?.split(";")[0];
      if (cookie) cookies.push(cookie);
    };
    await post("/login", { name: "Zebedee", secret: "s3cret", password: "pa55" });
    await post("/login", { name: "Zebedee", secret: "s3crex", password: "pa55" });
    const headers = { cookie: cookies[0] ?? "" };
    await using client = await ChatClient.enter(hubbub.port, ["lobby"], headers);
    await client.say("some text");
    // A new secret would end the session, so the former one is wrong.
    client.send({ type: "name", name: "Yolanda", secret: "s3crey", old: "s3crez" });
    await client.take("error");
    client.send({ type: "name", name: "Yolanda" });
    await client.take("renamed");
    client.send("broken json some text");
    await client.take("error");
    await using plain = await TestSocket.open(hubbub.port, "/ws?name=Xaver", {
      headers: basic("Xaver:pa55"),
    });
    plain.send(new Uint8Array([1]));
    await plain.closed;
    await using leaver = await TestSocket.open(hubbub.port, "/ws", { headers });
    leaver.socket.close(4000, "some text");
    await leaver.closed;
    await post("/logout", {});
    await client.closed;
    hubbub.signal("SIGTERM");
    const log = await hubbub.stderr;

    const lines = log.trimEnd().split("\n").map((line): Record<string, unknown> =>
      JSON.parse(line)
    );
    assertEquals(lines.map(({ event }) => event), [
      "start",
      "client in",
      "client in",
      "client dropped",
      "client in",
      "client out",
      "client out",
      "stop",
    ]);
    for (const { at } of lines) assert(Math.abs(Date.parse(String(at)) - Date.now()) < 60_000);
    const { id } = client.user;
    const [entered, left] = [lines[1], lines[6]];
    assertEquals([entered?.person, left?.person], [id, id]);
    assertEquals([left?.code, left?.reason], [1000, "Logged out"]);
    assertEquals([lines[3]?.drop, lines[3]?.code, lines[5]?.code], ["binary", 1003, 4000]);
    const private_ = ["some text", "Zebedee", "Yolanda", "Xaver", "s3cre", "pa55"];
    for (const word of [...private_, ...cookies.map((cookie) => cookie.slice(-20))]) {
      assert(!log.includes(word), `${word} in ${log}`);
    }
  });
}

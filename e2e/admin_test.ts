/** `hubbub admin NAME`, on a stopped server, beside a running one, and beside several. */
import { assertEquals, assertMatch } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";

const ANN = basic("Ann:open sesame");

function admin(...args: string[]) {
  return runHubbub(["admin", ...args]);
}

Deno.test("hubbub admin puts a person in charge, of a stopped server and beside a running one", async () => {
  await using folder = await temporaryFolder();
  const data = ["--data", `${folder.path}/chat.db`];
  {
    await using server = await Hubbub.start(data);
    await using ann = await ChatClient.open(server.port, ANN);
    await using bob = await ChatClient.open(server.port, basic("Bob:open sesame"));
    assertEquals([ann.hello.role, bob.hello.role], ["member", "member"]);
    const granted = await admin(...data, "ANN");
    assertEquals([granted.code, granted.stdout], [0, "ANN is an admin\n"], granted.stderr);
    const you = await ann.take("you");
    assertEquals([you.role, you.may.administer], ["admin", true]);
    const missing = await admin(...data, "nobody");
    assertEquals(missing.code, 1);
    assertMatch(missing.stderr, /nobody has this name/);
    const lookalike = await admin(...data, "B0b");
    assertEquals([lookalike.code, lookalike.stdout], [1, ""]);
    assertMatch(lookalike.stderr, /only looks like it, received "B0b", stored "Bob"/);
    bob.send({ type: "role", id: "r1", person: ann.user.id, role: "member" });
    assertEquals((await bob.take("error")).code, "forbidden");
    const metrics = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
    assertMatch(metrics, /^hubbub_named_people\{role="admin"\} 1$/m);
    assertMatch(metrics, /^hubbub_named_people\{role="member"\} 1$/m);
    assertMatch(metrics, /^hubbub_stored_rooms\{kind="public"\} 1$/m);
    assertMatch(metrics, /^hubbub_stored_rooms\{kind="private"\} 0$/m);
    assertMatch(metrics, /^hubbub_refused_commands_total\{code="forbidden"\} 1$/m);
  }
  assertEquals((await admin(...data, "Bob")).code, 0);
  await using server = await Hubbub.start(data);
  await using ann = await ChatClient.open(server.port, ANN);
  await using bob = await ChatClient.open(server.port, basic("Bob:open sesame"));
  assertEquals([ann.hello.role, bob.hello.role], ["admin", "admin"]);
});

natsTest(
  "hubbub admin puts a person in charge of a chat on NATS, while its servers run",
  async (nats) => {
    const url = ["--nats", nats.url];
    await using one = await Hubbub.start(url);
    await using two = await Hubbub.start(url);
    await using ann = await ChatClient.open(one.port, ANN);
    await using tab = await ChatClient.open(two.port, ANN);
    const granted = await admin(...url, "Ann");
    assertEquals([granted.code, granted.stdout], [0, "Ann is an admin\n"], granted.stderr);
    for (const client of [ann, tab]) assertEquals((await client.take("you")).role, "admin");
    await using bob = await ChatClient.open(two.port, basic("Bob:open sesame"));
    assertEquals(bob.hello.admins, [ann.user.id]);
    ann.send({ type: "role", id: "r1", person: bob.user.id, role: "admin" });
    assertEquals(new Set((await bob.take("admins")).admins), new Set([ann.user.id, bob.user.id]));
  },
);

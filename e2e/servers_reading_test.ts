/** The inbox, and the messages since a time, on each of several servers. */
import { assert, assertEquals } from "../testing/assert.ts";
import { ChatClient, cookieIn, login } from "../testing/chat_client.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";

natsTest(
  "three servers answer inbox and history with at alike, also after changes",
  async ({ url }) => {
    await using one = await Hubbub.start(["--nats", url]);
    await using two = await Hubbub.start(["--nats", url]);
    await using three = await Hubbub.start(["--nats", url]);
    const servers = [one, two, three];
    const cookies: string[] = [];
    for (const [i, name] of ["ann", "bob", "carl"].entries()) {
      cookies.push(cookieIn(await login(servers[i] ?? one, { name })));
    }
    await using stack = new AsyncDisposableStack();
    const enter = async ({ port }: Hubbub, cookie = "") =>
      stack.use(await ChatClient.enter(port, ["lobby"], { cookie }));
    /** Ann, on each of them. */
    const anns: ChatClient[] = [];
    for (const server of servers) anns.push(await enter(server, cookies[0]));
    const [bob, carl] = [await enter(two, cookies[1]), await enter(three, cookies[2])];
    const [ann] = anns;
    assert(ann !== undefined);
    const question = await ann.say("who is there?");
    await bob.until(() => bob.lines.some((line) => line.type === "message"));
    const mention = await bob.say("me, @ann");
    carl.send({ type: "send", room: "lobby", id: "r1", text: "and me", re: question.seq });
    const reply = await carl.take("message", ({ id }) => id === "r1");
    assertEquals(reply.answers, question.user.id);
    const last = await bob.say("so it is");
    const all = [question, mention, reply, last];

    /** Resolves when each server has something. */
    const everywhere = (has: (client: ChatClient) => boolean) =>
      Promise.all(anns.map((client) => client.until(() => has(client))));
    await everywhere((client) =>
      client.lines.some((line) => line.type === "message" && line.seq === last.seq)
    );
    let ids = 0;
    const inbox = async (client: ChatClient) => {
      const id = `i${ids++}`;
      client.send({ type: "inbox", id });
      const { messages } = await client.take("inbox", (line) => line.id === id);
      return messages.map(({ seq, text }) => [seq, text]);
    };
    const since = async (client: ChatClient, at: number) => {
      client.send({ type: "history", room: "lobby", at, limit: 1 });
      return (await client.take("history")).messages.map(({ seq }) => seq);
    };
    for (const client of anns) {
      assertEquals(await inbox(client), [[reply.seq, "and me"], [mention.seq, "me, @ann"]]);
      for (const { at } of all) {
        const first = all.find((message) => message.at >= at);
        assertEquals(await since(client, at), [first?.seq]);
      }
      assertEquals(await since(client, last.at + 1), []);
    }

    bob.send({ type: "edit", room: "lobby", seq: mention.seq, id: "e1", text: "nobody" });
    carl.send({ type: "edit", room: "lobby", seq: reply.seq, id: "e2", text: "and I" });
    await everywhere((client) =>
      [mention, reply].every(({ seq }) =>
        client.lines.some((line) => line.type === "changed" && line.message.seq === seq)
      )
    );
    for (const client of anns) assertEquals(await inbox(client), [[reply.seq, "and I"]]);
    carl.send({ type: "delete", room: "lobby", seq: reply.seq, id: "d1" });
    await everywhere((client) =>
      client.lines.some((line) => line.type === "changed" && line.message.deleted !== undefined)
    );
    for (const client of anns) {
      assertEquals(await inbox(client), []);
      assertEquals(await since(client, question.at), [question.seq]);
    }
  },
);

/** Messages whose sending takes the log long. */
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState } from "../testing/hub_on_state.ts";

const FILES = Array.from({ length: 10 }, (_, i) => `file${i}`);

/** The kinds of such messages, and the most that a step hands to the log: it ends with the one that exceeds its work. */
const DEAR = [
  { kind: "mention people", text: `@${"!a".repeat(16)} `.repeat(7), most: 3 },
  { kind: "name files", text: "look", files: FILES, most: 2 },
  { kind: "are long", text: "x".repeat(16_384), most: 9 },
  { kind: "are longer than most", text: "x".repeat(2_048), most: 86 },
];

for (const { kind, text, files, most } of DEAR) {
  Deno.test(`Hub hands messages that ${kind} to the log a few at a time, and others at once`, async () => {
    await using the = new HubOnState();
    const batches: string[][] = [];
    const append = the.store.messages.append.bind(the.store.messages);
    the.store.messages.append = (drafts) => {
      batches.push(drafts.map((draft) => draft.text));
      append(drafts);
    };
    const clients = Array.from({ length: 40 }, (_, i) => the.person(`c${i}`));
    for (const client of clients) await the.join(client, "lobby");
    const send = (i: number, id: string, dear: boolean) =>
      the.hub.command(clients[i]!, { // there are 40
        ...{ type: "send", room: "lobby", id, text: dear ? text : "plain" },
        ...(dear && files !== undefined && { files }),
      });
    for (let i = 1; i < 40; i++) for (const n of [1, 2, 3]) send(i, `dear${n}`, true);
    send(0, "plain", false);
    const [reader] = clients;
    assert(reader !== undefined);
    const refused = () => clients.reduce((sum, client) => sum + client.all("error").length, 0);
    const stored = () => reader.texts.filter((each) => each === text).length;
    await reader.until(() => reader.texts.includes("plain"));
    assert(batches.findIndex((texts) => texts.includes("plain")) <= 1);
    for (const client of clients) {
      await client.until(() =>
        client.all("error").length === 3 || stored() === 39 * 3 || client === reader
      );
    }
    assertEquals(refused() + stored(), 39 * 3);
    const sizes = batches.map((texts) => texts.filter((each) => each === text).length);
    assert(Math.max(...sizes) <= most, `${sizes}`);
    assertEquals(sizes.reduce((sum, size) => sum + size, 0), 39 * 3);
  });
}

Deno.test("Hub hands replies to the log some hundreds at a time, and in their order", async () => {
  await using the = new HubOnState();
  const sizes: number[] = [];
  const append = the.store.messages.append.bind(the.store.messages);
  the.store.messages.append = (drafts) => {
    sizes.push(drafts.length);
    append(drafts);
  };
  const ann = the.person("ann");
  await the.join(ann, "lobby");
  const texts = Array.from({ length: 600 }, (_, i) => `${i}`);
  for (const [i, text] of texts.entries()) {
    const send = { type: "send", room: "lobby", id: `m${i}`, text } as const;
    the.hub.command(ann, i === 0 ? send : { ...send, re: 1 });
  }
  await ann.until(() => ann.texts.length === 600);
  assertEquals(ann.texts, texts);
  assert(Math.max(...sizes) <= 300, `${sizes}`);
});

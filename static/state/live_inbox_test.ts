import type { Message } from "../../protocol/mod.ts";
import { assertEquals } from "../../testing/assert.ts";
import { concernsInbox, renewed } from "./live_inbox.ts";

const user = { id: "bob", name: "Bob" };

function messages(...seqs: number[]): Message[] {
  return seqs.map((seq) => ({ room: "lobby", seq, id: `m${seq}`, user, text: "", at: seq }));
}

Deno.test("renewed keeps older entries, and drops those that are gone", () => {
  const seqs = (newest: number[], hasMore: boolean, here: number[]) =>
    renewed(messages(...newest), hasMore, messages(...here)).map(({ seq }) => seq);
  assertEquals(seqs([9, 8, 7], true, [8, 7, 6, 5]), [9, 8, 7, 6, 5]);
  assertEquals(seqs([9, 7], true, [9, 8, 7, 6]), [9, 7, 6]);
  assertEquals(seqs([9, 7], false, [9, 8, 7, 6]), [9, 7]);
  // Too much is new to know what lies between.
  assertEquals(seqs([99, 98], true, [9, 8]), [99, 98]);
  assertEquals(seqs([], false, [9]), []);
});

Deno.test("concernsInbox finds changes of listed messages, and of those about the person", () => {
  const about = (message: Partial<Message>) => {
    const [first] = messages(message.seq ?? 5);
    if (first === undefined) throw new Error("There is no message");
    const line = { type: "changed", room: "lobby", message: { ...first, ...message } } as const;
    return concernsInbox({ kind: "change", line }, messages(9), "ann");
  };
  assertEquals([about({}), about({ seq: 9 })], [false, true]);
  assertEquals([about({ answers: "ann" }), about({ answers: "eve" })], [true, false]);
  assertEquals([about({ mentions: ["ann"] }), about({ mentions: ["*"] })], [true, true]);
  const deleted = (seq: number) =>
    concernsInbox(
      {
        kind: "change",
        line: { type: "deleted", room: "lobby", deleted: "author", rev: 1, messages: [[seq, 1]] },
      },
      messages(9),
      "ann",
    );
  assertEquals([deleted(8), deleted(9)], [false, true]);
});

import config from "../deno.json" with { type: "json" };
import { assert, assertEquals } from "../testing/assert.ts";
import { browser, cookieIn, post } from "../testing/chat_client.ts";
import { anyRuntime } from "../testing/executable.ts";
import { Hubbub, ROOT } from "../testing/hubbub.ts";
import { TestSocket } from "../testing/sockets.ts";

/** One line of the session in `docs/protocol.md`. */
type Step =
  & { readonly who: string; readonly source: string }
  & (
    | { readonly does: "connects"; readonly path: string; readonly protocol?: string }
    | { readonly does: "disconnects" }
    | { readonly does: "posts"; readonly path: string; readonly line: string }
    | { readonly does: "sends" | "receives" | "is answered"; readonly line: string }
  );

async function readSession(): Promise<Step[]> {
  const text = await Deno.readTextFile(new URL("docs/protocol.md", ROOT));
  const session = /^## A session\n[^]*?^```text\n([^]*?)^```$/m.exec(text)?.[1];
  if (session === undefined) throw new Error("Cannot find the session in docs/protocol.md");
  return session.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map(readStep);
}

function readStep(source: string): Step {
  const [, who = "", what = ""] = /^(\w+) +(.*)$/.exec(source) ?? [];
  const [, path, protocol] = /^connects to (\S+)(?: with (\S+))?$/.exec(what) ?? [];
  if (path !== undefined) {
    return { who, source, does: "connects", path, ...(protocol !== undefined && { protocol }) };
  }
  if (what === "disconnects") return { who, source, does: "disconnects" };
  const [, arrow, line = ""] = /^([→←]) (.*)$/.exec(what) ?? [];
  if (arrow === undefined) throw new Error(`Cannot read the session's line: ${source}`);
  const [, posted, body = ""] = /^POST (\S+) (.*)$/.exec(line) ?? [];
  if (posted !== undefined) return { who, source, does: "posts", path: posted, line: body };
  if (/^\d{3}\b/.test(line)) return { who, source, does: "is answered", line };
  return { who, source, does: arrow === "→" ? "sends" : "receives", line };
}

/** Somebody in the session: a browser that keeps its cookie, and a connection now and then. */
interface Actor {
  headers: Record<string, string>;
  /** The status of the last answer to a request, and its text. */
  answer?: string;
  socket?: TestSocket;
  /** The number of lines of the connection that were compared. */
  read: number;
}

const session = await readSession();

Deno.test("docs/protocol.md shows every type of line in its session", () => {
  const types = new Set(
    session.map((step) => "line" in step ? /"type":"(\w+)"/.exec(step.line)?.[1] : undefined),
  );
  types.delete(undefined);
  assertEquals([...types].sort(), [
    ...["admins", "changed", "changes", "create", "created", "delete", "delete_room", "directory"],
    ...["edit", "error", "files", "found", "hello", "history"],
    ...["inbox", "info", "invite", "invites", "join", "joined", "leave", "left", "link", "members"],
    ...[
      "message",
      "name",
      "ok",
      "person",
      "pin",
      "pins",
      "presence",
      "react",
      "reactions",
      "read",
      "renamed",
      "reset_link",
      "revoke",
      "room",
    ],
    ...["rooms", "search", "send", "set_room", "state", "typing", "you"],
  ]);
});

for (const runtime of await anyRuntime()) {
  Deno.test(`the program (${runtime.name}) sends what the session in docs/protocol.md shows`, async () => {
    await using hubbub = await Hubbub.start(["--rate", "20"], runtime);
    const actors = new Map<string, Actor>();
    const placeholders = new Map([["claim", /#\/claim\/(\S+)/.exec(hubbub.greeting)?.[1] ?? ""]]);
    for (const { who } of session) {
      if (!actors.has(who)) actors.set(who, { headers: await browser(hubbub.port), read: 0 });
    }
    for (const step of session) {
      const actor = actors.get(step.who);
      assert(actor !== undefined);
      if (step.does === "connects") {
        const protocols = step.protocol === undefined ? {} : { protocols: [step.protocol] };
        const options = { headers: actor.headers, ...protocols };
        actor.socket = await TestSocket.open(hubbub.port, step.path, options);
        assertEquals(actor.socket.socket.protocol, step.protocol ?? "");
        actor.read = 0;
        continue;
      }
      if (step.does === "posts") {
        const answer = await post(hubbub, step.path, {
          body: fill(step.line, placeholders),
          headers: { ...actor.headers, "content-type": "application/json" },
        });
        if (answer.headers.has("set-cookie")) actor.headers = { cookie: cookieIn(answer) };
        actor.answer = `${answer.status} ${answer.text}`.trim();
        continue;
      }
      if (step.does === "is answered") {
        compare(actor.answer ?? "", step.line, placeholders);
        continue;
      }
      const { socket } = actor;
      assert(socket !== undefined, `${step.who} is not connected: ${step.source}`);
      if (step.does === "disconnects") await socket[Symbol.asyncDispose]();
      else if (step.does === "sends") socket.send(fill(step.line, placeholders));
      else {
        const lines = await socket.received(++actor.read);
        // The hour in which somebody was seen is stored after a second, which a busy machine may need to come here.
        const line = lines[actor.read - 1]?.replace(/,"seen":\d+(?=})/, "") ?? "";
        compare(line, step.line, placeholders);
      }
    }
    for (const [who, { socket, read }] of actors) {
      assertEquals(socket?.lines.slice(read), [], `${who} received more`);
      await socket?.[Symbol.asyncDispose]();
    }
    assertEquals(placeholders.get("version"), config.version);
    const people = ["ann", "bob", "carl"].map((name) => placeholders.get(name));
    assertEquals(new Set(people).size, 3, "each is another person");
  });
}

/** Compares a line with one of the session; a placeholder stands for the same text each time. */
function compare(actual: string, expected: string, placeholders: Map<string, string>): void {
  const pattern = expected.split(/(<\w+>)/).map((part) =>
    /^<\w+>$/.test(part) ? "([\\w.-]+)" : RegExp.escape(part)
  ).join("");
  const values = new RegExp(`^${pattern}$`).exec(actual)?.slice(1) ?? [];
  for (const [i, [, name = ""]] of [...expected.matchAll(/<(\w+)>/g)].entries()) {
    const value = values[i];
    if (value !== undefined && !placeholders.has(name)) placeholders.set(name, value);
  }
  assertEquals(actual, fill(expected, placeholders));
}

/** Replaces the placeholders whose text is known. */
function fill(line: string, placeholders: ReadonlyMap<string, string>): string {
  return line.replace(/<(\w+)>/g, (all, name) => placeholders.get(name) ?? all);
}

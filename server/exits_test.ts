/** Every way by which something of the chat gets out or in, and the rule of each. A new one fails without a rule. */
import { readdirSync } from "node:fs";
import { LINES } from "../protocol/lines.ts";
import { COMMANDS } from "../protocol/commands.ts";
import { Permissions } from "../state/permissions.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { ROUTES } from "./routes.ts";

/**
 * The rule of an exit: a question of {@linkcode Permissions}, or why there is none to ask.
 * - `own`: it says something of the connection's own person alone.
 * - `member`: it goes to those who are in the room, which joining has asked for and `expel` ends.
 * - `apply`: the event is judged when it is applied, by a kind that asks the questions.
 * - `public`: it says nothing of the chat.
 * - `password`: it needs the server's password.
 * - `token`: it needs the token of a link, which nobody can guess.
 */
type Rule = keyof Permissions | "own" | "member" | "apply" | "public" | "password" | "token";

const COMMAND_RULES: Record<keyof typeof COMMANDS, Rule> = {
  join: "mayRead",
  leave: "own",
  rooms: "mayRead",
  typing: "mayWriteIn",
  send: "member",
  history: "member",
  name: "apply",
  role: "apply",
  set: "apply",
  mute: "apply",
  ban: "apply",
  unban: "apply",
  unban_network: "apply",
  end_sessions: "apply",
  report: "apply",
  reports: "mayAdminister",
  close_report: "apply",
  open_report: "apply",
  delete_account: "apply",
  remove_messages: "apply",
  sessions: "own",
  end_session: "apply",
  end_other_sessions: "apply",
  read: "apply",
  all_read: "apply",
  level: "apply",
  ignore: "apply",
  do_not_disturb: "apply",
  order: "apply",
  rename: "apply",
  reset_link: "apply",
  invite: "apply",
  accept: "apply",
  revoke: "apply",
  invites: "mayAdminister",
  people: "mayAdminister",
  bans: "mayAdminister",
  audit: "mayAdminister",
  create: "apply",
  direct: "apply",
  directory: "mayEnter",
  make_private: "apply",
  delete_room: "apply",
  set_room: "apply",
  add: "apply",
  remove: "apply",
  moderator: "apply",
  members: "mayRead",
  search: "viewOf",
  edit: "apply",
  delete: "apply",
  react: "apply",
  clear_reactions: "apply",
  pin: "apply",
  remove_previews: "apply",
  picture: "apply",
  icon: "apply",
  pictures: "mayEnter",
  about: "apply",
  profile: "mayEnter",
  changes: "mayRead",
  reactions: "mayRead",
  pins: "mayRead",
  inbox: "viewOf",
  files: "viewOf",
};

const LINE_RULES: Record<keyof typeof LINES, Rule> = {
  hello: "own",
  error: "own",
  joined: "mayRead",
  left: "own",
  rooms: "mayRead",
  presence: "member",
  typing: "member",
  message: "member",
  history: "member",
  renamed: "member",
  you: "own",
  ok: "own",
  chat: "mayEnter",
  admins: "mayEnter",
  people: "mayAdminister",
  link: "own",
  invites: "mayAdminister",
  person: "mayAdminister",
  bans: "mayAdminister",
  audit: "mayAdminister",
  reports: "mayAdminister",
  reported: "mayAdminister",
  removed: "own",
  sessions: "own",
  account_deleted: "public",
  picture: "mayEnter",
  pictures: "mayEnter",
  profile: "mayEnter",
  info: "member",
  member: "member",
  members: "mayRead",
  changed: "mayRead",
  deleted: "mayRead",
  changes: "mayRead",
  reactions: "mayRead",
  pins: "mayRead",
  created: "own",
  directory: "mayEnter",
  moved: "member",
  state: "own",
  ignored: "own",
  ignoring: "own",
  room: "own",
  found: "viewOf",
  inbox: "viewOf",
  files: "viewOf",
};

const ROUTE_RULES: Record<keyof typeof ROUTES, Rule> = {
  "/ws": "mayEnter",
  "/login": "password",
  "/link": "token",
  "/logout": "own",
  "/delete-account": "own",
  "/check": "public",
  "/healthz": "public",
  "/metrics": "password",
  "/files": "apply",
  "/files/ID": "own",
  "/files/ID/NAME": "readableFile",
  "/pictures/ID": "mayEnter",
  "/chat.webmanifest": "mayEnter",
};

/** The subjects of NATS, after the prefix. Their users may read and write everything. */
const SUBJECT_RULES: Record<string, Rule> = {
  log: "apply",
  snapshot: "apply",
  file: "apply",
  held: "public",
  presence: "member",
  typing: "member",
  whereabouts: "public",
  state: "public",
  restore: "public",
};

Deno.test("every command, line and route has a rule that asks the permissions, or a reason why not", () => {
  assertEquals(Object.keys(COMMAND_RULES).sort(), Object.keys(COMMANDS).sort());
  assertEquals(Object.keys(LINE_RULES).sort(), Object.keys(LINES).sort());
  assertEquals(Object.keys(ROUTE_RULES).sort(), Object.keys(ROUTES).sort());
  assertEquals(Object.keys(SUBJECT_RULES).sort(), [...subjects()].sort());
  const reasons = ["own", "member", "apply", "public", "password", "token"];
  for (
    const rule of [COMMAND_RULES, LINE_RULES, ROUTE_RULES, SUBJECT_RULES].flatMap(Object.values)
  ) {
    assert(reasons.includes(rule) || rule in Permissions.prototype, rule);
  }
});

/** The subjects that the sources of `nats/` name. */
function subjects(): Set<string> {
  const folder = new URL("../nats/", import.meta.url);
  const found = new Set<string>();
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".ts") || path.endsWith("_test.ts")) continue;
    const source = Deno.readTextFileSync(new URL(path, folder));
    const named = source.matchAll(/[pP]refix\}\.([a-z]+)|hear\("([a-z]+)"/g);
    for (const [, a, b] of named) found.add(a ?? b ?? "");
  }
  return found;
}

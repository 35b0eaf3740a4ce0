import type { ClusterOptions } from "../nats/cluster.ts";
import type { CopyCondition } from "../nats/copy.ts";
import type { MessageLog } from "../hub/message_log.ts";
import type { Logger } from "../lib/logger.ts";
import { oneLine } from "../lib/errors.ts";
import { People } from "../people/people.ts";
import type { PeopleStore } from "../people/store.ts";
import type { Subscriber } from "../hub/room.ts";
import { LocalPresence } from "../hub/local_presence.ts";
import type { SharedPresence } from "../hub/shared_presence.ts";
import type { Database, Trouble } from "../state/database.ts";
import { GoneContents } from "../state/gone_contents.ts";
import { UserError } from "../lib/user_error.ts";
import type { StateActions } from "../state/actions.ts";
import type { Memberships } from "../hub/memberships.ts";
import type { Contents } from "../state/contents.ts";
import type { FileRecords } from "../state/file_records.ts";
import { filesFolder } from "../files/content_path.ts";
import { DiskContents } from "../files/disk_contents.ts";
import type { ChatSettings } from "../protocol/mod.ts";
import type { FileCacheFigures } from "../state/contents.ts";
import type { Links } from "../state/link_tokens.ts";
import type { Census } from "../state/census.ts";
import type { Permissions } from "../state/permissions.ts";
import { ignoredKeepDays } from "../state/retention.ts";
import { checkInBackground } from "../state/integrity.ts";
import type { ChatState } from "../state/chat_state.ts";
import { openLocalState } from "../state/local.ts";
import type { State } from "../state/state.ts";
import type { FetcherOptions } from "./previews/fetcher.ts";
import { PictureStore } from "./previews/picture_store.ts";
import { PreviewService } from "./previews/service.ts";
import { SearchService } from "./search/search.ts";
import { PictureTable } from "../state/picture_table.ts";
import { StoredSettings } from "../state/settings.ts";

/**
 * The durable data of a server and the presence it shares. Disposing closes it, except for the log,
 * which its hub closes.
 */
export interface Backend extends AsyncDisposable {
  /** Distinguishes this data from that of other servers. */
  readonly id: string;
  /** Names the history for clients; see `HelloLine`. */
  readonly store: string;
  readonly messages: MessageLog<Subscriber>;
  readonly people: People;
  readonly actions: StateActions<Subscriber>;
  readonly memberships: Memberships;
  readonly permissions: Permissions;
  readonly census: Census;
  readonly links: Links;
  /** The files that the state knows. */
  readonly files: FileRecords;
  /** The pictures of people, and the chat's icon. */
  readonly pictures: Pick<PictureTable, "find">;
  /** Returns the settings of the chat. */
  readonly settings: () => ChatSettings;
  /** The bytes of files. */
  readonly contents: Contents;
  /** What of them is on this server's disk; undefined where all are. */
  readonly fileCache?: FileCacheFigures;
  readonly search: SearchService;
  readonly previews: PreviewService;
  readonly presence: SharedPresence;
  /** True while NATS is connected; undefined where a file keeps everything. */
  readonly connected?: boolean;
  /** Whether this server's copy is what the log says; undefined where a file keeps everything. */
  readonly condition?: CopyCondition;
}

/** A SQLite file. */
export interface FileOptions {
  /** Path of the file; `:memory:` keeps nothing. */
  readonly path: string;
  /** Events that an acknowledged message survives: `full`: a power loss; `normal`: `kill -9`. */
  readonly sync: "full" | "normal";
}

/** A NATS that several servers share. */
export interface NatsBackendOptions {
  readonly nats: Pick<
    ClusterOptions,
    "url" | "creds" | "replicas" | "copy" | "snapshotEvery" | "fileCache"
  >;
}

/** Options of {@linkcode openBackend}. */
export interface BackendOptions {
  /** Location of the data. */
  readonly data: FileOptions | NatsBackendOptions;
  /** Days after which messages are deleted; 0 keeps them permanently. */
  readonly keepDays?: number;
  /** Whether this process has had the data before, and opens it again; false by default. */
  readonly again?: boolean;
  /** The server's password. It is not part of the data: give the same one to servers that share data. */
  readonly password?: string;
  /** The most bytes that all files together may have; 0, the default, is no limit. */
  readonly maxFiles?: number;
  /** The most bytes of one file, of which the pictures of previews are some; 0, the default, keeps none. */
  readonly maxFile?: number;
  /** The program's version, which it names when it reads pages for previews. */
  readonly version?: string;
  /** Replaces parts of what reads those pages, in tests. */
  readonly fetcher?: Partial<FetcherOptions>;
}

/** Callbacks for what happens to the data. */
export interface BackendEvents {
  readonly log?: Logger;
  /** Called when another person took the name of a connected one, as on another server. */
  readonly nameLost?: (person: string) => void;
  /** Called with the id of a session that was ended on another server. */
  readonly sessionEnded?: (session: string) => void;
  /** Called when {@linkcode Backend.condition} has changed. */
  readonly condition?: () => void;
}

/**
 * For how long a server without a copy looks, in an empty NATS, for others that have the chat, in ms. They find out
 * as the server itself does, and nobody answers for them while they close their former copy and open it.
 */
const PATIENCE_MS = { start: 1500, again: 6000 };

/**
 * Opens the data.
 *
 * @throws {UserError} when the file or NATS can't be used.
 */
export async function openBackend(
  options: BackendOptions,
  events: BackendEvents = {},
): Promise<Backend> {
  const { data } = options;
  return await ("nats" in data ? openNats(data, options, events) : openFile(data, options, events));
}

async function openFile(
  file: FileOptions,
  options: BackendOptions,
  { log = () => {} }: BackendEvents,
): Promise<Backend> {
  using opening = new DisposableStack();
  const store = opening.use(openLocalState<Subscriber>({
    path: file.path,
    sync: file.sync,
    ...(options.keepDays !== undefined && { keepDays: options.keepDays }),
    ...(options.maxFiles !== undefined && { maxFiles: options.maxFiles }),
    onFault: ({ position, kind, error }) =>
      log("event refused", { position, kind, error: oneLine(error) }),
    onTrouble: (trouble) => logTrouble(log, file.path, trouble),
  }));
  const { database, store: { keepDays = 0 } = {} } = store.state;
  if (options.keepDays !== undefined && options.keepDays !== keepDays) {
    log("flag ignored", { problem: ignoredKeepDays(options.keepDays, keepDays) });
  }
  opening.use(checkInBackground(file.path, (fault) => database.reportDamage(fault)));
  const people = await openPeople(store.people, options);
  const contents = await openContents(file.path);
  const gone = removeGone(database, contents, log);
  const open = opening.move();
  const presence = new LocalPresence();
  followRenames(store.actions, people, presence);
  const services = openServices({ ...store, contents }, options, log);
  const { search, previews } = services;
  return {
    ...services,
    people,
    presence,
    [Symbol.asyncDispose]: async () => {
      await gone[Symbol.asyncDispose]();
      await contents[Symbol.asyncDispose]();
      previews[Symbol.dispose]();
      await search[Symbol.asyncDispose]();
      await presence[Symbol.asyncDispose]();
      open.dispose();
    },
  };
}

/** Opens the folder of the files, or a temporary one for data that is kept nowhere. */
async function openContents(path: string): Promise<DiskContents> {
  try {
    return await DiskContents.open(path === ":memory:" ? undefined : filesFolder(path));
  } catch (error) {
    throw new UserError(`Cannot open ${filesFolder(path)}: ${oneLine(error)}`, { cause: error });
  }
}

/** Removes bytes that nobody needs any more. */
function removeGone(database: Database, contents: Contents, log: Logger): GoneContents {
  const onTrouble = (problem: string) => log("files not removed", { problem });
  return new GoneContents({ database, contents, onTrouble });
}

function logTrouble(log: Logger, data: string, trouble: Trouble | undefined): void {
  if (trouble === undefined) return log("data file back", { data });
  if (trouble.type === "damaged") {
    return log("data file damaged", { data, fault: trouble.fault, advice: "restore a backup" });
  }
  const advice = trouble.type === "missing"
    ? "put the file back; the server then continues without a restart"
    : "restart the server to use the file that is there now";
  log(`data file ${trouble.type}`, { data, advice });
}

async function openNats(
  { nats }: NatsBackendOptions,
  options: BackendOptions,
  { log = () => {}, nameLost, sessionEnded, condition }: BackendEvents,
): Promise<Backend> {
  // A single server never loads the NATS client.
  const { openCluster } = await import("../nats/cluster.ts");
  let people: People | undefined = undefined;
  const cluster = await openCluster<Subscriber>({
    ...nats,
    ...(options.keepDays !== undefined && { keepDays: options.keepDays }),
    ...(options.maxFiles !== undefined && { maxFiles: options.maxFiles }),
    patienceMs: options.again ? PATIENCE_MS.again : PATIENCE_MS.start,
    onNameLost: (_key, person) => nameLost?.(person),
    onRenamed: (user) => people?.renamed(user),
    onSessionEnded: sessionEnded,
    onCondition: condition,
    onTrouble: (line) => log("log on NATS", { problem: line }),
    outage: { lost: () => log("NATS lost"), back: () => log("NATS back") },
  });
  await using opening = new AsyncDisposableStack();
  opening.use(cluster);
  people = await openPeople(cluster.people, options);
  opening.move();
  followRenames(cluster.actions, people, cluster.presence);
  const services = openServices(cluster, options, log);
  const { search, previews } = services;
  return {
    ...services,
    people,
    fileCache: cluster.contents.cache,
    presence: cluster.presence,
    get connected() {
      return cluster.connected;
    },
    get condition() {
      return cluster.condition;
    },
    [Symbol.asyncDispose]: async () => {
      previews[Symbol.dispose]();
      await search[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
}

/** A chat with the bytes of its files. */
interface ChatWithContents extends ChatState<Subscriber> {
  readonly contents: Contents;
}

/** Returns the parts of a backend that are the same for one server and for several, and begins its services. */
function openServices(
  chat: ChatWithContents,
  options: BackendOptions,
  log: Logger,
): Omit<
  Backend,
  "people" | "presence" | "connected" | "condition" | "fileCache" | keyof AsyncDisposable
> {
  const { id, messages, actions, memberships, permissions, census, links, files, contents } = chat;
  return {
    ...{ id, messages, actions, memberships, permissions, census, links, files, contents },
    store: chat.history,
    pictures: openPictures(chat.state),
    settings: openSettings(chat.state),
    search: openSearch(chat, log),
    previews: openPreviews(chat, options),
  };
}

/** Lets people search. The files of the index are closed before those of the data. */
function openSearch({ state, actions }: ChatState<Subscriber>, log: Logger): SearchService {
  const onTrouble = (problem: string) => log("search index", { problem });
  const search = new SearchService({ state, onTrouble });
  actions.search = search;
  return search;
}

/** Shows people what messages link to, if an admin wants it. */
function openPreviews(
  { state, actions, contents, files: records }: ChatWithContents,
  { version = "", fetcher, maxFile = 0 }: BackendOptions,
): PreviewService {
  const settings = new StoredSettings(state.database.db);
  // Most chats have no previews: their servers never load what reads pages.
  const load = async () => {
    const { PageFetcher } = await import("./previews/fetcher.ts");
    return new PageFetcher({ version, ...fetcher });
  };
  let loaded: ReturnType<typeof load> | undefined;
  const previews = new PreviewService({
    isOn: () => state.database.guard(() => settings.read().previews),
    read: async (url, hasPicture) => await (await (loaded ??= load())).read(url, hasPicture),
    pictures: new PictureStore({ contents, records, maxFile }),
    append: (event) => actions.append(event),
  });
  actions.previews = previews;
  return previews;
}

function openSettings({ database }: State): Backend["settings"] {
  const settings = new StoredSettings(database.db);
  return () => database.guard(() => settings.read());
}

function openPictures({ database }: State): Backend["pictures"] {
  const pictures = new PictureTable(database.db);
  return { find: (id) => database.guard(() => pictures.find(id)) };
}

/** Lets admins rename people who are connected. */
function followRenames(
  actions: StateActions<Subscriber>,
  people: People,
  presence: SharedPresence,
): void {
  actions.names = {
    isHeld: (name, id) => people.isHeld(name, id),
    rename: (user, was) => {
      people.renamed(user);
      presence.rename(user, was);
    },
  };
}

function openPeople(store: PeopleStore, { password }: BackendOptions): Promise<People> {
  return People.open(store, password === undefined ? {} : { password });
}

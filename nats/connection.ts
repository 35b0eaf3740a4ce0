/**
 * The connection to NATS that everything a cluster shares goes through.
 *
 * @module
 */
import { jetstreamManager } from "@nats-io/jetstream";
import type { JetStreamManager } from "@nats-io/jetstream";
import { connect, credsAuthenticator, errors } from "@nats-io/transport-node";
import type { ConnectionOptions, NatsConnection, Subscription } from "@nats-io/transport-node";
import { parseNatsUrls } from "./url.ts";
import { oneLine } from "../lib/errors.ts";
import { UserError } from "../lib/user_error.ts";

/** The NATS to connect to. */
export interface NatsOptions {
  /** `nats://` or `tls://` URLs, separated by commas; one may carry `user:password@` or `token@`. */
  readonly url: string;
  /** The content of a file with a user's credentials. */
  readonly creds?: Uint8Array;
  /** Receives why a NATS that is back can't be used, as one line. */
  readonly onTrouble?: (line: string) => void;
}

/** Callbacks for the loss and the return of NATS, each called once each time. */
export interface Outage {
  lost(): void;
  back(): void;
}

const DEFAULT_PORT = "4222";
const CONNECT_TIMEOUT_MS = 5000;
/**
 * JetStream is asked for its first answer for this long, in ms: a busy disk keeps a small server from answering for
 * longer than the 5 s that the client waits for each, and servers that choose a leader answer nobody.
 */
const FIRST_ANSWER_MS = 30_000;
/** The pause between two attempts to reach NATS, in ms: of 5 s to catch up in, little should be spent waiting. */
const RECONNECT_WAIT_MS = 250;
/** The time after which another server of NATS is tried if this one can't be used, in ms. */
const UNUSABLE_WAIT_MS = 2000;
/** The most subjects that are named because the user is not permitted them. */
const DENIED = 20;
/** A connection that is silently gone is noticed after at most three of these. */
const PING_INTERVAL_MS = 2000;

/** A connection that reconnects until it is disposed. */
export class Nats implements AsyncDisposable {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly #outages = new Set<Outage>();
  /** Rejects what waits for an answer. */
  readonly #asking = new Set<(error: Error) => void>();
  #connected = true;
  /** The subjects that the user was found not to be permitted. */
  readonly #denied = new Set<string>();

  readonly #onTrouble: (line: string) => void;
  /** Why this NATS can't be used, and what ends the connection to it. */
  #unusable = "";
  #again: ReturnType<typeof setTimeout> | undefined;

  private constructor(
    connection: NatsConnection,
    manager: JetStreamManager,
    onTrouble: (line: string) => void,
  ) {
    this.connection = connection;
    this.manager = manager;
    this.#onTrouble = onTrouble;
    void this.#watch();
  }

  /**
   * Connects.
   *
   * @throws {UserError} if NATS can't be reached, refuses the credentials or has no JetStream
   */
  static async connect({ url, creds, onTrouble = () => {} }: NatsOptions): Promise<Nats> {
    const { where, options } = read(url);
    const authenticator = creds === undefined ? {} : { authenticator: credentials(creds) };
    let connection: NatsConnection | undefined;
    // Once, however often it is added; never taken off, as what a socket has yet to say comes later.
    globalThis.addEventListener("error", surviveSocketError);
    try {
      connection = await connect({
        ...options,
        ...authenticator,
        name: "hubbub",
        timeout: CONNECT_TIMEOUT_MS,
        maxReconnectAttempts: -1,
        reconnectTimeWait: RECONNECT_WAIT_MS,
        pingInterval: PING_INTERVAL_MS,
        ignoreAuthErrorAbort: true,
      });
      const fault = faultOf(connection);
      if (fault !== undefined) throw new Error(fault);
      const manager = await firstAnswer(connection);
      return new Nats(connection, manager, onTrouble);
    } catch (error) {
      await connection?.close();
      throw new UserError(`Cannot use NATS at ${where}: ${reason(error)}`, { cause: error });
    }
  }

  /** False while NATS is lost, and after the end. */
  get connected(): boolean {
    return this.#connected && !this.connection.isClosed();
  }

  /** Calls `outage` when NATS is lost and when it is back, until the returned value is disposed. */
  onOutage(outage: Outage): Disposable {
    this.#outages.add(outage);
    return { [Symbol.dispose]: () => void this.#outages.delete(outage) };
  }

  /**
   * The answer to a question. Rejects at once while NATS is lost, and as soon as it is lost, since no
   * answer comes then: what was asked for may have been done or not.
   */
  async ask<T>(question: () => Promise<T>): Promise<T> {
    if (!this.connected) throw lost();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#asking.add(reject);
    question().then(resolve, reject).finally(() => this.#asking.delete(reject));
    return await promise;
  }

  /** Receives what each server publishes on `SUBJECT.SERVER`, this one included. */
  hear(subject: string, heard: (server: string, text: string) => void): Subscription {
    return this.connection.subscribe(`${subject}.*`, {
      callback: (error, message) => {
        if (!error) heard(message.subject.slice(subject.length + 1), message.string());
      },
    });
  }

  async #watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      const { type } = status;
      if (type === "error") this.#deny(status.error);
      else if (type === "disconnect" && this.#connected) {
        this.#connected = false;
        for (const outage of this.#outages) outage.lost();
        for (const reject of this.#asking) reject(lost());
      } else if (type === "reconnect" && !this.#connected) {
        this.#greet();
      }
    }
  }

  /** Names what the user may not do: NATS answers nothing to what it does not let through. */
  #deny(error: Error): void {
    if (!(error instanceof errors.PermissionViolationError)) return;
    const { operation, subject } = error;
    if (this.#denied.has(subject) || this.#denied.size >= DENIED) return;
    this.#denied.add(subject);
    this.#onTrouble(`NATS does not let this user ${operation} ${subject}: see ops/nats.conf`);
  }

  /** Uses the NATS that is back, unless it was set up in another way, or is another server: then it stays lost. */
  #greet(): void {
    const fault = faultOf(this.connection) ?? "";
    if (fault !== "") {
      if (fault !== this.#unusable) this.#onTrouble(`Cannot use this NATS: ${fault}`);
      clearTimeout(this.#again);
      this.#again = setTimeout(
        () => void this.connection.reconnect().catch(() => {}),
        UNUSABLE_WAIT_MS,
      );
    } else {
      this.#connected = true;
      for (const outage of this.#outages) outage.back();
    }
    this.#unusable = fault;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#again);
    this.#outages.clear();
    await this.connection.close();
  }
}

/**
 * The largest message that is published, in bytes: an entry of the log, or a part of a snapshot, of 512 KiB, and what is
 * around it.
 */
const PAYLOAD_BYTES = 520 * 1024;

/** Returns what is wrong with a server that would end the connection when a large message is published to it. */
function faultOf({ info }: NatsConnection): string | undefined {
  if (info === undefined || info.max_payload >= PAYLOAD_BYTES) return undefined;
  return `its max_payload is ${info.max_payload} bytes: set it to at least ${PAYLOAD_BYTES}, or leave it out`;
}

/** Asks again while JetStream does not answer. */
async function firstAnswer(connection: NatsConnection): Promise<JetStreamManager> {
  const end = performance.now() + FIRST_ANSWER_MS;
  while (true) {
    try {
      return await jetstreamManager(connection);
    } catch (error) {
      if (!(error instanceof errors.TimeoutError) || performance.now() > end) throw error;
    }
  }
}

function lost(): Error {
  return new Error("Cannot reach JetStream: NATS is lost");
}

/**
 * Keeps the process alive when a socket of the client fails. In closing one, the client takes its
 * listeners off, and the failure that arrives in that very moment (NATS refuses a user and resets the
 * connection) would end the process as an error that nobody caught. That the connection is gone, the
 * client knows.
 */
function surviveSocketError(event: ErrorEvent): void {
  if (isSocketError(event.error)) event.preventDefault();
}

function isSocketError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && "code" in error &&
    (error.code === "ECONNRESET" || error.code === "EPIPE");
}

/** Parses `--nats` for the client, and for messages: without passwords. */
function read(text: string): { where: string; options: ConnectionOptions } {
  const urls = parseNatsUrls(text);
  if (urls === undefined) {
    throw new UserError("Cannot use NATS: its address must be like nats://HOST:4222");
  }
  const servers = urls.map(({ hostname, port }) => `${hostname}:${port || DEFAULT_PORT}`);
  const [name, pass] =
    urls.flatMap(({ username, password }) =>
      username ? [[username, password].map(decodeURIComponent)] : []
    )[0] ?? [];
  return {
    where: servers.join(","),
    options: {
      servers,
      ...(urls.some(({ protocol }) => protocol === "tls:") && { tls: {} }),
      ...(name && (pass ? { user: name, pass } : { token: name })),
    },
  };
}

function credentials(creds: Uint8Array) {
  try {
    const authenticator = credsAuthenticator(creds);
    // It would read them only when it is asked to sign something.
    authenticator("");
    return authenticator;
  } catch (error) {
    throw new UserError(`Cannot use the credentials for NATS: ${oneLine(error)}`, {
      cause: error,
    });
  }
}

function reason(error: unknown): string {
  const said = oneLine(error);
  if (error instanceof errors.AuthorizationError || /authorization|authentication/i.test(said)) {
    return "it refuses the user; see --nats-creds";
  }
  if (/jetstream.*not.*enabled|no responders/i.test(said)) {
    return "JetStream is not enabled there; start nats-server with -js";
  }
  return said;
}

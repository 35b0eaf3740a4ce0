import { Counter, Gauge, Registry } from "prom-client";
import process from "node:process";
import type { Accounts } from "./accounts.ts";
import type { AnswerLimiter } from "./answer_limiter.ts";
import type { Backend } from "./backend.ts";
import type { Connections } from "./connections.ts";
import type { FileRoutes } from "./files/file_routes.ts";
import type { Hub } from "../hub.ts";
import type { InstrumentedLog } from "./instrumented_log.ts";
import type { Subscriber } from "../hub/room.ts";
import type { Upgrades } from "./upgrades.ts";
import type { Histogram } from "../lib/histogram.ts";

/** Time for which collected metrics are sent again, in ms. */
const CACHE_MS = 1000;

/** Numbers by the value of a label. */
type Numbers = Iterable<readonly [value: string, count: number]>;

/** Sources of the metrics. */
export interface MetricsSources {
  hub: Hub;
  connections: Connections;
  upgrades: Upgrades;
  answers: AnswerLimiter;
  log: InstrumentedLog<Subscriber>;
  droppedLogLines: () => number;
  /** The numbers of links used, and of invalid ones. */
  links: Accounts["links"];
  backend: Pick<
    Backend,
    "connected" | "people" | "census" | "actions" | "search" | "previews" | "files" | "fileCache"
  >;
  files: FileRoutes;
  version: string;
}

/**
 * The metrics for Prometheus. Everything is counted where it happens, as plain numbers, and read only
 * when requested, so that messages never wait for it.
 */
export class Metrics {
  readonly #registry = new Registry();
  #text: Promise<string> | undefined;
  #textAt = 0;

  constructor(sources: MetricsSources) {
    const { hub, connections, upgrades, answers, log, droppedLogLines, backend, version } = sources;
    const { links } = sources;
    const registers = [this.#registry];
    const gauge = (name: string, help: string, read: () => number) => {
      new Gauge({ name, help, registers, collect: set });
      function set(this: Gauge): void {
        this.set(read());
      }
    };
    const counter = (name: string, help: string, read: () => number) => {
      new Counter({ name, help, registers, collect: set });
      function set(this: Counter): void {
        this.reset();
        this.inc(read());
      }
    };
    const gauges = (name: string, help: string, label: string, read: () => Numbers) => {
      new Gauge({ name, help, labelNames: [label], registers, collect: set });
      function set(this: Gauge): void {
        for (const [value, count] of read()) this.set({ [label]: value }, count);
      }
    };
    const counters = (name: string, help: string, label: string, read: () => Numbers) => {
      new Counter({ name, help, labelNames: [label], registers, collect: set });
      function set(this: Counter): void {
        this.reset();
        for (const [value, count] of read()) this.inc({ [label]: value }, count);
      }
    };
    const histogram = (name: string, help: string, source: Histogram) => {
      this.#registry.registerMetric(new HistogramMetric(name, help, source));
    };

    new Gauge({ name: "hubbub_info", help: "The version", labelNames: ["version"], registers })
      .set({ version }, 1);
    gauge("hubbub_clients", "Clients in the hub", () => hub.size);
    gauge("hubbub_rooms", "Rooms with at least one member", () => hub.roomCount);
    gauge("hubbub_people", "People who are connected", () => hub.peopleCount);
    gauge("hubbub_sockets", "WebSockets not yet closed", () => connections.stats.open);
    gauge("hubbub_opening_sockets", "WebSockets not yet open", () => upgrades.opening);
    counter(
      "hubbub_lost_upgrades_total",
      "WebSockets that never opened, each with a file descriptor that the runtime keeps",
      () => upgrades.lost,
    );
    gauge(
      "hubbub_unfinished_answers",
      "Answers to requests that are not written yet, this one included",
      () => answers.unfinished,
    );
    gauge(
      "hubbub_stuck_sockets",
      "WebSockets not yet closed whose clients have left or were dropped",
      () => connections.stats.stuck,
    );
    gauge(
      "hubbub_outbox_bytes",
      "Bytes that wait for clients, including the runtime's buffers",
      () => connections.stats.waiting,
    );
    counter(
      "hubbub_key_rotations_total",
      "Times that the key of all sessions was replaced",
      () => backend.people.rotation,
    );
    gauge("hubbub_log_healthy", "1 when messages can be stored", () => log.healthy ? 1 : 0);
    if (backend.connected !== undefined) {
      gauge("hubbub_nats_connected", "1 while NATS is connected", () => backend.connected ? 1 : 0);
    }
    counter("hubbub_messages_total", "Messages stored", () => log.messages);
    counter("hubbub_log_failures_total", "Messages that could not be stored", () => log.failures);
    counter(
      "hubbub_deliveries_total",
      "Messages delivered to members of their rooms, counted once for each member",
      () => hub.deliveries,
    );
    counter(
      "hubbub_change_deliveries_total",
      "Changed messages delivered to members of their rooms, counted once for each member",
      () => hub.changeDeliveries,
    );
    counter(
      "hubbub_log_lines_dropped_total",
      "Lines of the program's log that were dropped because nobody read them in time",
      droppedLogLines,
    );
    const { census, actions, search } = backend;
    counters("hubbub_drops_total", "Clients that were dropped", "reason", () => connections.drops);
    gauges(
      "hubbub_named_people",
      "People who have a name, by role",
      "role",
      () => Object.entries(census.numbers.people),
    );
    gauges(
      "hubbub_stored_rooms",
      "Rooms that somebody has made or written to, by kind",
      "kind",
      () => Object.entries(census.numbers.rooms),
    );
    gauge("hubbub_open_reports", "Reports that nobody has closed", () => census.numbers.reports);
    gauge("hubbub_bans", "People who are banned", () => census.numbers.bans);
    gauge(
      "hubbub_running_removals",
      "Removals of what a person has written that go on",
      () => census.numbers.removals,
    );
    counters(
      "hubbub_refused_messages_total",
      "Messages that were refused because their authors may not write them there, or not yet",
      "code",
      () => log.refusals,
    );
    counters(
      "hubbub_refused_commands_total",
      "Commands about people, rooms and settings that were refused",
      "code",
      () => actions.refusals,
    );
    counters(
      "hubbub_changes_total",
      "Changes of messages that clients of this server made, by kind",
      "kind",
      () => actions.changes,
    );
    gauge(
      "hubbub_search_behind_messages",
      "Messages that the search index does not have yet",
      () => search.numbers.behind,
    );
    counters(
      "hubbub_searches_total",
      "Searches, by whether they were answered, refused because there were too many, or failed",
      "result",
      () => Object.entries(search.numbers.searches),
    );
    counters(
      "hubbub_link_previews_total",
      "Links in messages, by whether the page was read, remembered, forbidden, failed, or too many",
      "result",
      () => Object.entries(backend.previews.results),
    );
    counters(
      "hubbub_links_total",
      "Links with a token that were used, and that were not valid",
      "result",
      () => Object.entries(links),
    );
    this.#addFiles(sources, { gauge, counter, counters });
    histogram("hubbub_batch_messages", "Messages stored in one batch", log.batches);
    histogram("hubbub_commit_seconds", "Time to store a batch", log.commits);
    histogram("hubbub_turn_seconds", "Time of one step of the hub's loop", hub.stepSeconds);

    gauge("process_start_time_seconds", "Start time of the process, in seconds since 1970", () => {
      return performance.timeOrigin / 1000;
    });
    gauge("process_resident_memory_bytes", "Resident memory", () => Deno.memoryUsage().rss);
    gauge("process_heap_bytes", "JavaScript heap in use", () => Deno.memoryUsage().heapUsed);
    gauge(
      "hubbub_external_memory_bytes",
      "Memory outside of the heap that JavaScript keeps alive",
      () => Deno.memoryUsage().external,
    );
    counter("process_cpu_seconds_total", "CPU time, user and system", () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
  }

  #addFiles(
    { backend, files: { stats, uploads } }: MetricsSources,
    { gauge, counter, counters }: {
      readonly gauge: (name: string, help: string, read: () => number) => void;
      readonly counter: (name: string, help: string, read: () => number) => void;
      readonly counters: (name: string, help: string, label: string, read: () => Numbers) => void;
    },
  ): void {
    gauge("hubbub_files", "Files that people have uploaded", () => backend.files.total.files);
    gauge("hubbub_file_bytes", "Bytes of all different files", () => backend.files.total.bytes);
    gauge("hubbub_running_uploads", "Uploads whose bytes arrive now", () => uploads.running);
    gauge("hubbub_open_uploads", "Uploads that are not whole yet", () => uploads.open);
    counters(
      "hubbub_uploads_total",
      "Uploads that were begun, became files, and were removed because nobody went on with them",
      "result",
      () => Object.entries(stats.uploads),
    );
    counters(
      "hubbub_refused_uploads_total",
      "Requests of uploads that were refused or ended early, by reason",
      "reason",
      () => stats.refusals,
    );
    // Of a server that has all files, these stay 0.
    gauge(
      "hubbub_file_cache_bytes",
      "Bytes of files from NATS that are on this server's disk",
      () => backend.fileCache?.bytes ?? 0,
    );
    gauge(
      "hubbub_file_cache_limit_bytes",
      "Bytes of files from NATS that stay on this server's disk at most",
      () => backend.fileCache?.maxBytes ?? 0,
    );
    counters(
      "hubbub_file_cache_reads_total",
      "Files that were opened on a server on NATS, by whether its disk had them",
      "result",
      () => Object.entries(backend.fileCache?.reads ?? { hit: 0, miss: 0 }),
    );
    counter("hubbub_upload_bytes_total", "Bytes of uploads that arrived", () => stats.received);
    counter("hubbub_download_bytes_total", "Bytes of files that were sent", () => stats.served);
  }

  /** The media type of {@linkcode text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /**
   * All metrics in the text format of Prometheus, at most a second old: collecting them takes time in
   * proportion to the number of connections.
   *
   * @param now The time, in ms.
   */
  text(now: number): Promise<string> {
    if (this.#text === undefined || now - this.#textAt >= CACHE_MS) {
      this.#text = this.#registry.metrics();
      this.#textAt = now;
    }
    return this.#text;
  }
}

/** A metric that shows a {@linkcode Histogram}. */
class HistogramMetric extends Gauge {
  readonly #name: string;
  readonly #source: Histogram;

  constructor(name: string, help: string, source: Histogram) {
    super({ name, help, registers: [] });
    this.#name = name;
    this.#source = source;
  }

  override async get(): ReturnType<Gauge["get"]> {
    const { bounds, counts, sum } = this.#source;
    let count = 0;
    const values: { metricName: string; labels: Record<string, string>; value: number }[] = counts
      .map((added, i) => ({
        metricName: `${this.#name}_bucket`,
        labels: { le: String(bounds[i] ?? "+Inf") },
        value: count += added,
      }));
    values.push({ metricName: `${this.#name}_sum`, labels: {}, value: sum });
    values.push({ metricName: `${this.#name}_count`, labels: {}, value: count });
    return Object.assign(await super.get(), { type: "histogram", values });
  }
}

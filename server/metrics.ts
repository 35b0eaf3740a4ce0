import { Counter, Gauge, Registry } from "prom-client";
import process from "node:process";
import type { Backend } from "./backend.ts";
import type { Connections } from "./connections.ts";
import type { Hub } from "../hub.ts";
import type { MeasuredLog } from "./instrumented_log.ts";
import type { Subscriber } from "../hub/room.ts";
import type { Tally } from "../lib/histogram.ts";

/** What the metrics tell of. */
export interface Measured {
  hub: Hub;
  connections: Connections;
  log: MeasuredLog<Subscriber>;
  backend: Pick<Backend, "connected">;
  version: string;
}

/**
 * What Prometheus is told. All is counted where it happens, with plain numbers, and read only when
 * asked for, so that nobody's messages wait for it.
 */
export class Metrics {
  readonly #registry = new Registry();

  constructor({ hub, connections, log, backend, version }: Measured) {
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
    const histogram = (name: string, help: string, tally: Tally) => {
      this.#registry.registerMetric(new TallyMetric(name, help, tally));
    };

    new Gauge({ name: "hubbub_info", help: "The version", labelNames: ["version"], registers })
      .set({ version }, 1);
    gauge("hubbub_clients", "Clients in the hub", () => hub.size);
    gauge("hubbub_rooms", "Rooms that somebody is in", () => hub.roomCount);
    gauge("hubbub_people", "People who are connected", () => hub.peopleCount);
    gauge("hubbub_sockets", "WebSockets not yet closed", () => connections.census.open);
    gauge(
      "hubbub_stuck_sockets",
      "WebSockets not yet closed whose clients have left or were dropped",
      () => connections.census.stuck,
    );
    gauge(
      "hubbub_outbox_bytes",
      "What waits for clients, the runtime's buffers included",
      () => connections.census.waiting,
    );
    gauge("hubbub_log_healthy", "1 when messages can be stored", () => log.healthy ? 1 : 0);
    if (backend.connected !== undefined) {
      gauge("hubbub_nats_connected", "1 while NATS is there", () => backend.connected ? 1 : 0);
    }
    counter("hubbub_messages_total", "Messages stored", () => log.messages);
    counter("hubbub_log_failures_total", "Messages that could not be stored", () => log.failures);
    counter(
      "hubbub_deliveries_total",
      "Messages given to members of their rooms, one for each member",
      () => hub.deliveries,
    );
    new Counter({
      name: "hubbub_drops_total",
      help: "Clients that were dropped",
      labelNames: ["reason"],
      registers,
      collect() {
        this.reset();
        for (const [reason, count] of connections.drops) this.inc({ reason }, count);
      },
    });
    histogram("hubbub_batch_messages", "How many messages were stored at once", log.batches);
    histogram("hubbub_commit_seconds", "How long storing a batch took", log.commits);
    histogram("hubbub_turn_seconds", "How long a turn of the hub took", hub.turns);

    gauge("process_start_time_seconds", "When the process started, since 1970", () => {
      return performance.timeOrigin / 1000;
    });
    gauge("process_resident_memory_bytes", "Memory in use", () => Deno.memoryUsage().rss);
    gauge("process_heap_bytes", "JavaScript's heap in use", () => Deno.memoryUsage().heapUsed);
    gauge(
      "hubbub_external_memory_bytes",
      "Memory outside of the heap that JavaScript keeps",
      () => Deno.memoryUsage().external,
    );
    counter("process_cpu_seconds_total", "Time of all processors, user and system", () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
  }

  /** The type of {@linkcode text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All of it in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

/** A histogram that was counted elsewhere. */
class TallyMetric extends Gauge {
  readonly #name: string;
  readonly #tally: Tally;

  constructor(name: string, help: string, tally: Tally) {
    super({ name, help, registers: [] });
    this.#name = name;
    this.#tally = tally;
  }

  override async get(): ReturnType<Gauge["get"]> {
    const { bounds, counts, sum } = this.#tally;
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

import { batch, signal } from "@preact/signals";
import type { Report } from "../../protocol/mod.ts";
import type { ReportOutcome } from "../../protocol/reports.ts";
import type { Requests } from "./requests.ts";

/** The time after which a list is asked for again that has changed, in ms: several changes are one. */
const SETTLE_MS = 500;

/** The time between two such requests, in ms: others may report without a pause, and what this person does would wait. */
const REST_MS = 5000;

/** The open reports that this person may see, kept up to date while the connection lasts. */
export class Reports implements Disposable {
  /** Oldest first; undefined until they are loaded. */
  readonly list = signal<readonly Report[] | undefined>(undefined);
  /** The position of the next reports, if there are more. */
  readonly next = signal<string | undefined>(undefined);
  /** The code of the error with which the last command ended. */
  readonly problem = signal<string | undefined>(undefined);
  /** The id of the report that is being ended. */
  readonly busy = signal<string | undefined>(undefined);
  readonly #requests: Requests;
  readonly #changed: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #load = 0;
  /** Until when nothing is asked for again, by `performance.now()`. */
  #rests = 0;
  /** Whether an answer is awaited, and what it will say is old. */
  #isAsking = false;
  #isOld = false;

  constructor(requests: Requests) {
    this.#requests = requests;
    this.#changed = () => {
      this.#isOld = this.#isAsking;
      if (this.#isAsking) return;
      const wait = Math.max(SETTLE_MS, this.#rests - performance.now());
      this.#timer ??= setTimeout(() => void this.load(), wait);
    };
    requests.onReported.add(this.#changed);
  }

  /** Loads the oldest reports. */
  async load(): Promise<void> {
    const load = ++this.#load;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#rests = performance.now() + REST_MS;
    this.#isAsking = true;
    const answer = await this.#requests.ask({ type: "reports" });
    if (load !== this.#load) return;
    this.#isAsking = false;
    if (this.#isOld) this.#changed();
    batch(() => {
      this.problem.value = answer.ok ? undefined : answer.code;
      if (!answer.ok || answer.line.type !== "reports") return;
      this.list.value = answer.line.reports;
      this.next.value = answer.line.next;
    });
  }

  /** Loads more. */
  async loadMore(): Promise<void> {
    const after = this.next.peek();
    if (after === undefined) return;
    const load = this.#load;
    const answer = await this.#requests.ask({ type: "reports", after });
    if (load !== this.#load || this.next.peek() !== after) return;
    batch(() => {
      this.problem.value = answer.ok ? undefined : answer.code;
      if (!answer.ok || answer.line.type !== "reports") return;
      this.list.value = [...this.list.peek() ?? [], ...answer.line.reports];
      this.next.value = answer.line.next;
    });
  }

  /** Ends a report. Returns whether it is no longer open. */
  async close(report: string, outcome: ReportOutcome): Promise<boolean> {
    if (this.busy.peek() !== undefined) return false;
    batch(() => {
      this.busy.value = report;
      this.problem.value = undefined;
    });
    const answer = await this.#requests.ask({ type: "close_report", report, outcome });
    // Somebody else may have been faster.
    const isClosed = answer.ok || answer.code === "stale";
    batch(() => {
      this.busy.value = undefined;
      if (!answer.ok) this.problem.value = answer.code;
      if (isClosed) this.list.value = this.list.peek()?.filter((each) => each.report !== report);
    });
    return isClosed;
  }

  /** Lets this person see the files of a reported message, as the audit log records. */
  async open(report: string): Promise<void> {
    if (this.busy.peek() !== undefined) return;
    this.busy.value = report;
    const answer = await this.#requests.ask({ type: "open_report", report });
    batch(() => {
      this.busy.value = undefined;
      this.problem.value = answer.ok ? undefined : answer.code;
      if (!answer.ok) return;
      this.list.value = this.list.peek()?.map((each) => {
        const { sealed: _, ...opened } = each;
        return each.report === report ? opened : each;
      });
    });
  }

  /** Forgets everything: the person is another one, or no longer an admin or moderator. */
  clear(): void {
    this.#load++;
    this.#isAsking = this.#isOld = false;
    batch(() => {
      this.list.value = undefined;
      this.next.value = undefined;
    });
  }

  /** Ends the updates. */
  [Symbol.dispose](): void {
    this.#load++;
    clearTimeout(this.#timer);
    this.#requests.onReported.delete(this.#changed);
  }
}

import { deadline } from "../lib/std.ts";
import { type BidiObject, type BidiSession, object } from "./bidi.ts";

/** The longest time, in ms, that a test waits for the page: only a failure waits so long. */
const PATIENCE_MS = 180_000;
/** The interval, in ms, of looking for what changes without a change of the document, such as the focus. */
const LOOK_MS = 100;

/** The names of keys that write nothing, as WebDriver has them. */
const KEYS: Readonly<Record<string, string>> = {
  Control: "\ue009",
  Alt: "\ue00a",
  Shift: "\ue008",
  Enter: "\ue007",
  Escape: "\ue00c",
  Tab: "\ue004",
  Home: "\ue011",
  End: "\ue010",
  ArrowUp: "\ue013",
  ArrowDown: "\ue015",
};

/** A page in Firefox, and what a person does there. */
export class FirefoxTab {
  /** Errors of the page: uncaught ones and those in the console. */
  readonly faults: string[] = [];
  readonly #session: BidiSession;
  readonly #context: string;

  /** @param context the tab's id */
  constructor(session: BidiSession, context: string) {
    this.#session = session;
    this.#context = context;
  }

  async goto(url: string): Promise<void> {
    await this.#send("browsingContext.navigate", { url, wait: "complete" });
  }

  async reload(): Promise<void> {
    await this.#send("browsingContext.reload", { wait: "complete" });
  }

  async resize(width: number, height: number): Promise<void> {
    await this.#send("browsingContext.setViewport", { viewport: { width, height } });
  }

  /** Evaluates an expression in the page; the value as JSON has it. */
  async evaluate(expression: string): Promise<unknown> {
    const { type, result, exceptionDetails } = await this.#session.send("script.evaluate", {
      expression: `(async () => JSON.stringify(await (${expression})))()`,
      target: { context: this.#context },
      awaitPromise: true,
    });
    if (type !== "success") {
      throw new Error(`Cannot evaluate ${expression}: ${object(exceptionDetails).text}`);
    }
    const { value } = object(result);
    return typeof value === "string" ? JSON.parse(value) : undefined;
  }

  /** Resolves when an expression is true in the page. */
  async until(condition: string): Promise<void> {
    const waiting = this.evaluate(`new Promise((resolve) => {
      function check() {
        if (!(${condition})) return;
        observer.disconnect();
        clearInterval(looking);
        resolve();
      }
      const observer = new MutationObserver(check);
      const looking = setInterval(check, ${LOOK_MS});
      observer.observe(document, {
        subtree: true, childList: true, attributes: true, characterData: true,
      });
      check();
    })`);
    await this.#patient(waiting, condition);
  }

  /** Resolves when something that matches a selector has this in its text. */
  async shows(selector: string, text: string): Promise<void> {
    const [at, wanted] = [JSON.stringify(selector), JSON.stringify(text)];
    await this.until(
      `[...document.querySelectorAll(${at})].some(({ textContent }) => textContent.includes(${wanted}))`,
    );
  }

  /** The element with a role and a name, once it is there, as a screen reader finds it. */
  async find(role: string, name: string): Promise<BidiObject> {
    const locator = { type: "accessibility", value: { role, name } };
    // To look at every element takes a busy machine very long.
    const first = { locator, maxNodeCount: 1 };
    const finding = async (): Promise<BidiObject> => {
      while (true) {
        const { nodes } = await this.#send("browsingContext.locateNodes", first);
        if (Array.isArray(nodes) && nodes.length > 0) return object(nodes[0]);
        await this.evaluate(`new Promise((resolve) => {
          new MutationObserver(resolve).observe(document, {
            subtree: true, childList: true, attributes: true, characterData: true,
          });
          setTimeout(resolve, ${LOOK_MS});
        })`);
      }
    };
    return await this.#patient(finding(), `${role} "${name}"`);
  }

  /** Clicks on the element with a role and a name. */
  async click(role: string, name: string): Promise<void> {
    const { sharedId } = await this.find(role, name);
    const origin = { type: "element", element: { sharedId } };
    await this.#act({
      type: "pointer",
      id: "mouse",
      actions: [
        { type: "pointerMove", x: 0, y: 0, origin },
        { type: "pointerDown", button: 0 },
        { type: "pointerUp", button: 0 },
      ],
    });
  }

  /** Types a text into what has the focus. */
  async type(text: string): Promise<void> {
    const actions = [...text].flatMap((value) => [
      { type: "keyDown", value },
      { type: "keyUp", value },
    ]);
    await this.#act({ type: "key", id: "keyboard", actions });
  }

  /** Presses keys together, such as `Control+k`. */
  async press(keys: string): Promise<void> {
    const values = keys.split("+").map((key) => KEYS[key] ?? key);
    const actions = [
      ...values.map((value) => ({ type: "keyDown", value })),
      ...values.toReversed().map((value) => ({ type: "keyUp", value })),
    ];
    await this.#act({ type: "key", id: "keyboard", actions });
  }

  /** A picture of the window, as PNG. */
  async screenshot(): Promise<Uint8Array> {
    const { data } = await this.#send("browsingContext.captureScreenshot", {});
    return Uint8Array.fromBase64(String(data));
  }

  async #act(source: BidiObject): Promise<void> {
    await this.#send("input.performActions", { actions: [source] });
  }

  #send(method: string, params: BidiObject): Promise<BidiObject> {
    return this.#session.send(method, { context: this.#context, ...params });
  }

  async #patient<T>(waiting: Promise<T>, what: string): Promise<T> {
    return await deadline(waiting, PATIENCE_MS).catch(async (cause) => {
      const text = await this.evaluate("document.body.innerText").catch(() => "nothing");
      throw new Error(`Cannot find ${what} in a page that shows: ${text}`, { cause });
    });
  }
}

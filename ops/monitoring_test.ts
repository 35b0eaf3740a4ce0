import { assert, assertEquals } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { noPromtool, promtool } from "../testing/promtool.ts";
import dashboard from "./dashboard.json" with { type: "json" };

const alerts = new URL("alerts.yml", import.meta.url);

/** The expressions of the dashboard's panels. */
const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** The names of all metrics a server has. */
async function metricNames(): Promise<Set<string>> {
  await using hubbub = await Hubbub.start();
  const text = await (await fetch(hubbub.url("/metrics"))).text();
  return new Set(text.match(/^\w+/gm));
}

/** The metrics that an expression asks for. */
function metricsIn(expression: string): string[] {
  return expression.match(/\b(?:hubbub|process)_\w+/g) ?? [];
}

Deno.test({
  name: "alerts.yml loads, and its alerts fire when they should",
  ignore: noPromtool,
  async fn() {
    const checked = await promtool(["check", "rules", alerts.pathname]);
    assertEquals(checked.code, 0, checked.output);
    const tests = new URL("alerts.test.yml", import.meta.url).pathname;
    const tested = await promtool(["test", "rules", tests]);
    assertEquals(tested.code, 0, tested.output);
  },
});

Deno.test("alerts.yml and dashboard.json ask for metrics that exist", async () => {
  const names = await metricNames();
  assert(expressions.length > 15);
  const rules = (await Deno.readTextFile(alerts)).replaceAll(/^ *(?:#|summary|descr).*$/gm, "");
  for (const name of [...expressions, rules].flatMap(metricsIn)) {
    assert(names.has(name), `${name} is no metric`);
  }
});

Deno.test({
  name: "dashboard.json has only expressions that Prometheus understands",
  ignore: noPromtool,
  async fn() {
    await using folder = await temporaryFolder();
    const rules = expressions.map((expression, index) => ({
      record: `panel:${index}`,
      expr: expression.replaceAll("$__rate_interval", "1m"),
    }));
    // JSON is YAML.
    await folder.write("rules.yml", JSON.stringify({ groups: [{ name: "panels", rules }] }));
    const { code, output } = await promtool(["check", "rules", `${folder.path}/rules.yml`]);
    assertEquals(code, 0, output);
  },
});

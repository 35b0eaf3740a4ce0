/**
 * The parts of the project and the parts that each may import: imports go one way.
 *
 * @module
 */
import type { ImportGraph } from "./import_graph.ts";

/** The parts that each part may import, apart from itself; a part is a folder or a file. */
export type ImportRules = Readonly<Record<string, readonly string[]>>;

/** Shared by everything: they know nothing of the rest. */
const BASE = ["protocol", "lib"];
/** The parts that make the server, from the lowest to the highest, without the entry. */
const STORES = ["state", "files", "nats"];
/** Background work of a server. */
const SERVICES = ["server/search", "server/previews"];
const PRODUCT = [
  ...BASE,
  ...["hub", "client", "people", "hub.ts", "client.ts"],
  ...STORES,
  ...SERVICES,
];
const PROGRAM = [...PRODUCT, "server", "archive", "cli", "main.ts"];
const HELPERS = [...PROGRAM, "static", "build", "testing"];

/** The rules of this project. A test module may also import what {@linkcode TESTS_MAY} lists. */
export const RULES: ImportRules = {
  "protocol": [],
  "lib": [],
  "build": [],
  "hub": BASE,
  "client": BASE,
  "people": BASE,
  "hub.ts": [...BASE, "hub"],
  "client.ts": [...BASE, "client", "hub.ts", "hub"],
  "state": [...BASE, "hub", "people"],
  "server/search": [...BASE, "hub", "people", "state"],
  "files": [...BASE, "state"],
  "server/previews": [...BASE, "hub", "people", "state"],
  "nats": [...BASE, "hub", "people", "state", "files"],
  "archive": [...BASE, "hub", "people", ...STORES],
  "server": PRODUCT,
  "cli": [...PRODUCT, "server", "archive"],
  "main.ts": [...PRODUCT, "server", "archive", "cli"],
  "static/state": ["protocol", "static"],
  "static/view": ["protocol", "static", "static/state"],
  "static/page.tsx": ["protocol", "static", "static/state", "static/view"],
  "static": ["protocol"],
  "testing": [...PROGRAM, "static", "static/state", "build"],
  "bench": HELPERS,
  "build/tools": [...HELPERS, "bench"],
  "ops": [],
  "examples": ["protocol"],
  "e2e": [...HELPERS, "static/state", "static/view", "bench", "ops", "examples"],
  "hub_test.ts": [],
};

/** The parts that a test module may import in addition, wherever it lies. */
export const TESTS_MAY: readonly string[] = HELPERS;

/** The part that a file belongs to: the longest name in the rules that it is or lies in. */
export function partOf(path: string, rules: ImportRules): string | undefined {
  for (let name = path; name !== ""; name = name.slice(0, Math.max(name.lastIndexOf("/"), 0))) {
    if (Object.hasOwn(rules, name)) return name;
  }
}

/** Whether a module is part of the tests only. */
export function isTest(path: string): boolean {
  return /_(?:test|fixture)\.tsx?$/.test(path);
}

/**
 * Checks that imports go one way.
 *
 * @returns One line for each fault, sorted: a file outside all parts, an import that no rule allows,
 * a cycle of files or of parts. Nothing else is a fault.
 */
export function importFaults(graph: ImportGraph, rules: ImportRules = RULES): string[] {
  const faults = new Set<string>();
  const parts = new Map<string, Set<string>>();
  for (const [path, imports] of graph) {
    const part = partOf(path, rules);
    if (part === undefined) {
      faults.add(`${path} lies in no part: add a row to build/import_rules.ts`);
      continue;
    }
    for (const { path: imported } of imports) {
      const other = partOf(imported, rules);
      // Data such as deno.json imports nothing, so it can't be part of a cycle.
      if (other === undefined || !/\.tsx?$/.test(imported)) continue;
      const allowed = other === part || rules[part]?.includes(other) ||
        isTest(path) && TESTS_MAY.includes(other);
      if (!allowed) faults.add(`${path} imports ${imported}: ${part} may not import ${other}`);
      if (!isTest(path) && isTest(imported)) faults.add(`${path} imports ${imported}, a test`);
      if (!isTest(path) && other !== part) {
        parts.set(part, (parts.get(part) ?? new Set()).add(other));
      }
    }
  }
  const files = new Map(
    [...graph].map(([path, imports]) => [path, new Set(imports.map(({ path }) => path))]),
  );
  for (const cycle of cyclesOf(files)) faults.add(`cycle of files: ${cycle.join(" → ")}`);
  for (const cycle of cyclesOf(parts)) faults.add(`cycle of folders: ${cycle.join(" → ")}`);
  return [...faults].sort();
}

/**
 * Finds cycles by a search in depth. There is at least one for each group of nodes that reach one
 * another; the first node is repeated at the end.
 */
export function cyclesOf(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): void => {
    const start = path.indexOf(node);
    if (start !== -1) cycles.push([...path.slice(start), node]);
    if (start !== -1 || done.has(node)) return;
    path.push(node);
    for (const next of graph.get(node) ?? []) visit(next);
    path.pop();
    done.add(node);
  };
  for (const node of graph.keys()) visit(node);
  return cycles;
}

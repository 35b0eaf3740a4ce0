/**
 * Rules for the text of the sources: plain doc comments, short files, one name for one thing.
 *
 * @module
 */

/** A number of doc comments, and how many of them a reader has to turn round. */
export interface CommentCount {
  readonly all: number;
  /** Those that begin with a clause in place of a noun or verb. */
  readonly clauses: number;
}

const DOC_COMMENT = /\/\*\*[\s*]*(?!\/)([^\n]*)/g;
const CLAUSE = /^(?:Who|What|Where|Which|How|Whoever|Whatever|Whom|Whose)\b/;
const EXPORTED_TYPE =
  /^export (?:declare )?(?:abstract )?(?:interface|type|class|enum) ([A-Za-z_$][\w$]*)/gm;

/** Counts the doc comments of a module's text. */
export function countComments(text: string): CommentCount {
  const openings = Array.from(text.matchAll(DOC_COMMENT), ([, opening = ""]) => opening);
  return { all: openings.length, clauses: openings.filter((it) => CLAUSE.test(it)).length };
}

/** Counts the doc comments of each folder, the folders with the largest share of clauses first. */
export function countByFolder(sources: ReadonlyMap<string, string>): [string, CommentCount][] {
  const folders = new Map<string, CommentCount>();
  for (const [path, text] of sources) {
    const folder = path.slice(0, Math.max(path.lastIndexOf("/"), 0)) || path;
    const { all, clauses } = countComments(text);
    const before = folders.get(folder) ?? { all: 0, clauses: 0 };
    folders.set(folder, { all: before.all + all, clauses: before.clauses + clauses });
  }
  return [...folders].sort(([, a], [, b]) => shareOf(b) - shareOf(a));
}

/** The share of clauses, 0 to 1. */
export function shareOf({ all, clauses }: CommentCount): number {
  return all === 0 ? 0 : clauses / all;
}

/**
 * Finds the names of types that more than one module exports, with these modules. A name that is
 * exported again (`export type { … } from`) is declared only once and does not count.
 */
export function typesDeclaredTwice(sources: ReadonlyMap<string, string>): Map<string, string[]> {
  const modules = new Map<string, string[]>();
  for (const [path, text] of sources) {
    const names = new Set(Array.from(text.matchAll(EXPORTED_TYPE), ([, name = ""]) => name));
    for (const name of names) modules.set(name, [...modules.get(name) ?? [], path]);
  }
  return new Map([...modules].filter(([, paths]) => paths.length > 1).sort());
}

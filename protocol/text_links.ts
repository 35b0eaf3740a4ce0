import { before, isSpaced } from "./characters.ts";

/** An address found in a text. */
export interface FoundLink {
  readonly href: string;
  /** The index behind its last character. */
  readonly end: number;
}

/** A label of a host: international ones have letters of any script. */
const LABEL = "[\\p{L}\\p{M}\\p{N}_](?:[\\p{L}\\p{M}\\p{N}_-]{0,61}[\\p{L}\\p{M}\\p{N}_])?";
const HOST = `${LABEL}(?:\\.${LABEL}){0,20}`;
const URL_HEAD = new RegExp(
  `https?://(?:[\\w.~%!$&'*+,;=:-]+@)?(?:\\[[0-9a-fA-F:.]+\\]|${HOST})\\.?(?::\\d{1,5})?`,
  "iuy",
);
const WWW_HEAD = new RegExp(`www\\.${HOST}\\.[\\p{L}\\p{M}]{2,63}`, "iuy");
/**
 * The characters of a path: no space, no mark that ends a sentence or a quotation in any script but those
 * that stand in names, and none of the marks around an address.
 */
const TAIL = /[/?#](?:[^\s\p{P}\p{S}\p{C}]|[!#$%&'()+,./:;=?@[\]^_{}-]|\*(?!\*)|~(?!~)|[–·・‐])*/uy;
/** The last label of a host, if it begins with Latin letters, ends where another script begins. */
const GLUED = /^([\s\S]*[/.@][a-z0-9-]*[a-z0-9])[^\p{Script=Latin}\p{M}\p{N}_.:-][^.]*$/iu;
/** Marks that end a sentence rather than an address. */
const LAST = /[!,.:;?'"*_~]$/;
const CLOSING = new Map([["(", ")"], ["[", "]"], ["{", "}"]]);
const BRACKETS = new Set(CLOSING.values());

const MAIL = new RegExp(
  `[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_%+-])?@(?:${LABEL}\\.){1,10}[\\p{L}\\p{M}]{2,63}`,
  "uy",
);
/** A command that takes `user@host`, a few words before it. */
const REMOTE =
  /(?:^|[^\p{L}\p{N}-])(?:ssh|scp|sftp|rsync|mosh|git|ssh-copy-id)\s+(?:[^\s,;!?。，]+[ \t]+){0,5}$/u;
/** Endings of files that are no top-level domains. */
const FILE =
  /\.(?:jsx?|tsx?|mjs|cjs|json|html?|css|scss|txt|pdf|png|jpe?g|gif|svg|webp|xml|ya?ml|toml|csv|exe|dll|docx?|xlsx?|pptx?|tar|gz|local|lan)$/i;
const HOST_LIKE = new RegExp(`(?:${LABEL}\\.){1,10}[\\p{L}\\p{M}]{2,63}`, "giu");

/**
 * The address of a link if it may be followed, else `undefined`.
 *
 * Only pages and mail may, so neither `javascript:` nor `data:` may.
 */
export function safeHref(href: string): string | undefined {
  try {
    const url = new URL(href);
    return ["https:", "http:", "mailto:"].includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** The address of a page that begins at `start`, if one does. */
export function findUrl(text: string, start: number): FoundLink | undefined {
  if (isSpaced(before(text, start))) return undefined;
  const head = match(URL_HEAD, text, start);
  const found = head ?? match(WWW_HEAD, text, start);
  if (found === undefined) return undefined;
  const host = GLUED.exec(found)?.[1] ?? found;
  // Nothing behind the host makes an address one. Without this look each of many would be followed to the end of the text.
  const scheme = head === undefined ? "http://" : "";
  if (safeHref(scheme + host) === undefined) return undefined;
  let end = start + host.length;
  if (host === found) end += match(TAIL, text, end)?.length ?? 0;
  end = withoutLastMarks(text, start, end);
  const href = safeHref(scheme + text.slice(start, end));
  return href === undefined ? undefined : { href, end };
}

/** The address for mail that begins at `start`, if one does: not every `x@y` is one. */
export function findMail(text: string, start: number): FoundLink | undefined {
  const previous = before(text, start);
  if (/[\p{Script=Latin}\p{N}._%+@/:~-]/u.test(previous)) {
    if (!/mailto:$/i.test(text.slice(Math.max(0, start - 7), start))) return undefined;
  }
  const found = match(MAIL, text, start);
  if (found === undefined) return undefined;
  const address = GLUED.exec(found)?.[1] ?? found;
  const end = start + address.length;
  const next = text.slice(end, end + 2);
  // `git@host.example:path`, a user of a server or of another protocol.
  if (/^(?:[@/\\_~]|:[^\s]|-[\p{L}\p{N}]|\.[\p{L}\p{N}])/u.test(next)) return undefined;
  if (FILE.test(address) || REMOTE.test(text.slice(Math.max(0, start - 200), start))) {
    return undefined;
  }
  const href = safeHref(`mailto:${address}`);
  return href === undefined ? undefined : { href, end };
}

/** Whether the text of a link names another host than its target, which would deceive its readers. */
export function isDeceptive(label: string, href: string): boolean {
  const target = new URL(href);
  const host = target.protocol === "mailto:"
    ? target.pathname.slice(target.pathname.lastIndexOf("@") + 1)
    : target.hostname;
  const plain = label.normalize("NFKC").replace(/[\p{Cf}\p{Mn}]/gu, "").replace(/[。｡．]/g, ".");
  const named = [...plain.matchAll(/https?:\/\/(?:[^\s/?#@]*@)?([^\s/?#:@]+)/giu)]
    .map(([, name]) => name ?? "");
  const hosts = [...plain.matchAll(HOST_LIKE)].map(([name]) => name).filter((name) =>
    !FILE.test(name)
  );
  return [...named, ...hosts].some((name) => !isOf(asHost(name), host));
}

/** Whether a host is a named one, or belongs to it. */
function isOf(named: string, host: string): boolean {
  return host === named || host.endsWith(`.${named}`) || named === `www.${host}`;
}

/** A host as browsers write it. */
function asHost(name: string): string {
  try {
    return new URL(`https://${name}`).hostname;
  } catch {
    return name;
  }
}

/** Leaves out marks and brackets that belong to the sentence around an address. */
function withoutLastMarks(text: string, start: number, end: number): number {
  /** By closing bracket, the number closed without having been opened. */
  const surplus = new Map<string, number>();
  for (let i = start; i < end; i++) {
    const character = text[i] ?? "";
    const closing = CLOSING.get(character);
    if (closing !== undefined) surplus.set(closing, (surplus.get(closing) ?? 0) - 1);
    else if (BRACKETS.has(character)) surplus.set(character, (surplus.get(character) ?? 0) + 1);
  }
  for (let last = end; last > start; last--) {
    const character = text[last - 1] ?? "";
    const over = surplus.get(character) ?? 0;
    if (over > 0 && BRACKETS.has(character)) surplus.set(character, over - 1);
    else if (!LAST.test(character)) return last;
  }
  return start;
}

function match(pattern: RegExp, text: string, start: number): string | undefined {
  pattern.lastIndex = start;
  return pattern.exec(text)?.[0];
}

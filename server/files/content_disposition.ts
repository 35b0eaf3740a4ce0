/**
 * Returns a `Content-Disposition` header (RFC 6266) with the name of a file: in UTF-8 for all browsers of today, and in ASCII for
 * others.
 */
export function contentDisposition(kind: "inline" | "attachment", name: string): string {
  const ascii = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, "_");
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encode(name)}`;
}

/** Encodes everything but the characters that RFC 8187 allows as they are. */
function encode(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

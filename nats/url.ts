/**
 * The addresses that `--nats` accepts.
 *
 * @module
 */

/**
 * `nats://` or `tls://` URLs, separated by commas; without a scheme it is `nats://`. One may carry
 * `user:password@` or `token@`. Undefined if it is something else.
 */
export function parseNatsUrls(text: string): URL[] | undefined {
  const urls = text.split(",").map((part) =>
    URL.parse(part.includes("://") ? part.trim() : `nats://${part.trim()}`)
  );
  const good = urls.filter((url) => url !== null).filter(({ hostname, protocol }) =>
    hostname !== "" && (protocol === "nats:" || protocol === "tls:")
  );
  return good.length === urls.length ? good : undefined;
}

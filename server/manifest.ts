import type { Accounts } from "./accounts.ts";
import type { Backend } from "./backend.ts";
import type { Peer } from "./peer.ts";
import { refuse } from "./responses.ts";
import { STATUS_CODE } from "../lib/std.ts";

/** Options of {@linkcode serveManifest}. */
export interface ManifestOptions {
  readonly accounts: Pick<Accounts, "recognize">;
  readonly backend: Pick<Backend, "permissions" | "pictures" | "settings">;
  readonly peer: Peer;
  /** The manifest of the page, as JSON. */
  readonly manifest: string | undefined;
}

/**
 * Answers with the page's manifest, by which a browser installs it as an app: with the chat's own name and icon for those who
 * may enter. Others get Hubbub's.
 */
export async function serveManifest(
  request: Request,
  { accounts, backend, peer, manifest }: ManifestOptions,
): Promise<Response> {
  if (manifest === undefined) {
    return refuse({ status: STATUS_CODE.NotFound, message: "Not found" });
  }
  const known = await accounts.recognize(request, peer);
  const mayEnter = "person" in known && backend.permissions.mayEnter(known.person);
  const own = mayEnter ? ownFields(backend) : {};
  const text = JSON.stringify({ ...JSON.parse(manifest), ...own });
  return new Response(request.method === "HEAD" ? null : text, {
    headers: {
      "content-type": "application/manifest+json; charset=UTF-8",
      "cache-control": "private, no-cache",
    },
  });
}

function ownFields({ pictures, settings }: ManifestOptions["backend"]): Record<string, unknown> {
  const { name, icon = "" } = settings();
  const picture = pictures.find(icon);
  return {
    ...(name !== "" && { name, short_name: name }),
    // A square of unknown size; `any` is of every size to a browser.
    ...(picture && { icons: [{ src: `pictures/${icon}`, sizes: "any", type: picture.mime }] }),
  };
}

import { isContentId, type NewUpload, readVideoSize } from "../state/contents.ts";

/** Reads the description of an upload; undefined if it is damaged, as after a power loss. */
export function parseUpload(json: string): NewUpload | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== "object" || value === null) return undefined;
    const { id, person, name, length, preview, video, begun }: Record<string, unknown> = {
      ...value,
    };
    if (typeof id !== "string" || !isContentId(id) || typeof person !== "string") return undefined;
    if (typeof name !== "string" || !isSize(length) || !isSize(begun)) return undefined;
    if (preview !== undefined && typeof preview !== "string") return undefined;
    const size = readVideoSize(video);
    return {
      ...{ id, person, name, length, begun },
      ...(preview !== undefined && { preview }),
      ...(size !== undefined && { video: size }),
    };
  } catch {
    return undefined;
  }
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

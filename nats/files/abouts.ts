/**
 * Descriptions of files in JetStream, as JSON.
 *
 * @module
 */
import { isNumber, isText } from "../../state/kind.ts";
import { isList, parseFields } from "../../protocol/fields.ts";
import {
  type ContentFacts,
  isContentId,
  type NewUpload,
  readVideoSize,
} from "../../state/contents.ts";

/** A part of a file. */
export interface Part {
  /** Its place in the stream. */
  readonly seq: number;
  /** In bytes. */
  readonly size: number;
}

/** A file of which all parts are there. */
export interface Whole {
  /** In bytes. */
  readonly size: number;
  readonly parts: readonly Part[];
  readonly facts: ContentFacts;
}

/** Prints the description of an upload. */
export function describeUpload(
  { id: _, ...upload }: NewUpload,
): string {
  return JSON.stringify(upload);
}

/** Parses it; undefined if another program has written it. */
export function parseUpload(id: string, data: Uint8Array): NewUpload | undefined {
  const { person, name, length, preview, video, begun } = fieldsOf(data);
  if (!isText(person) || !isText(name) || !isNumber(length) || !isNumber(begun)) return undefined;
  const isPreview = isText(preview) && isContentId(preview);
  const size = readVideoSize(video);
  return {
    ...{ id, person, name, length, begun },
    ...(isPreview && { preview }),
    ...(size !== undefined && { video: size }),
  };
}

/** Prints the description of a file. */
export function describeWhole({ size, parts, facts }: Whole): string {
  return JSON.stringify({
    ...facts,
    size,
    seqs: parts.map(({ seq }) => seq),
    sizes: parts.map(({ size }) => size),
  });
}

/** Parses it; undefined if another program has written it. */
export function parseWhole(data: Uint8Array): Whole | undefined {
  const { size, seqs, sizes, sha256, type, width, height } = fieldsOf(data);
  if (!isNumber(size) || !isList(seqs, isNumber) || !isList(sizes, isNumber)) return undefined;
  if (!isText(sha256) || !isText(type) || seqs.length !== sizes.length) return undefined;
  if (sizes.reduce((sum, size) => sum + size, 0) !== size) return undefined;
  const isPicture = isNumber(width) && isNumber(height);
  return {
    size,
    // Both lists are of the same length.
    parts: seqs.map((seq, i) => ({ seq, size: sizes[i] ?? 0 })),
    facts: { sha256, type, ...(isPicture && { width, height }) },
  };
}

function fieldsOf(data: Uint8Array) {
  return parseFields(new TextDecoder().decode(data)) ?? {};
}

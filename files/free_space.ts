import { statfs } from "node:fs/promises";

/** The room on the disk that uploads leave to the chat itself, in bytes: 256 MiB, and on a small disk a sixteenth of it. */
const RESERVE_BYTES = 256 * 1024 * 1024;
const RESERVE_SHARE = 1 / 16;

/** Returns whether a disk has room for `bytes` more, and for the chat; true if the system does not say. */
export async function hasRoom(path: string, bytes: number): Promise<boolean> {
  try {
    const { bavail, blocks, bsize } = await statfs(path);
    const reserve = Math.min(RESERVE_BYTES, blocks * bsize * RESERVE_SHARE);
    return bavail * bsize - bytes >= reserve;
  } catch {
    // Without the permission, or on a system without it: the disk itself says when it is full.
    return true;
  }
}

/** Returns whether an error says that a disk, or what one user may have of it, is full. */
export function isFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT") ||
    /\bos error (?:28|112|122)\)/.test(error.message);
}

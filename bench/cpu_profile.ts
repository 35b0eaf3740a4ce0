/**
 * Reads the profiles of V8.
 *
 * @module
 */

/** A CPU profile in the form of V8: a tree of functions, and which of them ran at each sample. */
export interface CpuProfile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
    /** The nodes of what it called. */
    children?: number[];
  }[];
  /** The node at each sample. */
  samples: number[];
  /** Microseconds from the sample before to each sample. */
  timeDeltas: number[];
}

/** A function's own time, without that of what it called. */
export interface SelfTime {
  /** Its name, file and line, from 1. */
  name: string;
  seconds: number;
}

/**
 * Lists the own times of all functions, longest first. Waiting for events is not among them,
 * waiting for the disk is. Built-in functions of the runtime are listed by their callers.
 */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): SelfTime[] {
  const names = new Map(nodes.map((node) => [node.id, nameOf(node)]));
  for (const { callFrame, children = [], id } of nodes) {
    if (callFrame.url === "") continue;
    for (const child of nodes.filter((node) => children.includes(node.id))) {
      if (child.callFrame.url === "") {
        names.set(child.id, `${names.get(child.id)} ← ${names.get(id)}`);
      }
    }
  }
  const seconds = new Map<string, number>();
  for (const [i, sample] of samples.entries()) {
    const name = names.get(sample) ?? "?";
    // A sample stands for the time up to the next one.
    seconds.set(name, (seconds.get(name) ?? 0) + (timeDeltas[i + 1] ?? 0) / 1e6);
  }
  seconds.delete("(idle)");
  return Array.from(seconds, ([name, seconds]) => ({ name, seconds }))
    .sort((a, b) => b.seconds - a.seconds);
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: CpuProfile["nodes"][number]) {
  const name = functionName === "" ? "(anonymous)" : functionName;
  return url === "" ? name : `${name} ${url.split("/").at(-1)}:${lineNumber + 1}`;
}

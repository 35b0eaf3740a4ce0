/**
 * Figures that Linux has of a process, from `/proc`.
 *
 * @module
 */

/** The unit of CPU time in `/proc/PID/stat`: Linux shows user space 100 ticks a second on every architecture. */
const TICKS_PER_SECOND = 100;

/** CPU time that the process `pid` has used, user and system; NaN where there is no `/proc`. */
export function cpuSeconds(pid: number): number {
  const stat = readProc(`/proc/${pid}/stat`);
  // The second field is the name in parentheses, which may hold spaces; utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11] ?? NaN) + Number(fields[12] ?? NaN)) / TICKS_PER_SECOND;
}

/** The most memory the process `pid` ever had resident, in bytes; NaN where there is no `/proc`. */
export function peakBytes(pid: number): number {
  const kilobytes = /^VmHWM:\s*(\d+) kB/m.exec(readProc(`/proc/${pid}/status`))?.[1];
  return Number(kilobytes ?? NaN) * 1024;
}

/** The memory that the process `pid` has resident now, in bytes; NaN where there is no `/proc`. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s*(\d+) kB/m.exec(readProc(`/proc/${pid}/status`))?.[1];
  return Number(kilobytes ?? NaN) * 1024;
}

/** The processor as the system names it. */
export function cpuModel(): string {
  return /^model name\s*:\s*(.*)/m.exec(readProc("/proc/cpuinfo"))?.[1] ?? Deno.build.arch;
}

function readProc(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/**
 * Lets a server that is measured collect all its garbage at each SIGUSR2, and say so: loaded before its main module with
 * `--preload`. By itself V8 collects when it sees a reason to, which a quiet server gives it late.
 *
 * @module
 */

/** V8's own function, which the flag `--expose-gc` gives to a program. */
type Collect = (options: { readonly type: "major"; readonly execution: "sync" }) => void;

let times = 0;

// It may not keep the process; the listener of a signal does not.
Deno.addSignalListener("SIGUSR2", () => {
  const { gc } = globalThis as { readonly gc?: Collect };
  gc?.({ type: "major", execution: "sync" });
  Deno.stderr.writeSync(new TextEncoder().encode(`collected ${++times}\n`));
});

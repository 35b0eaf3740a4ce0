import process from "node:process";

/**
 * The time of processors that this process has used, in ms. Unlike a clock it does not continue while other
 * programs have the machine, so that a test may compare it with a figure.
 */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

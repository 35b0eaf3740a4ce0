/**
 * Adds what browsers of early 2023 lack of the language. Loaded before everything else.
 *
 * @module
 */

/** Adds a method to a prototype or a class that has none of the name. */
function add(target: object, name: string, value: (...parameters: never[]) => unknown): void {
  if (name in target) return;
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}

add(Array.prototype, "findLastIndex", function <T>(
  this: readonly T[],
  isWanted: (item: T, index: number) => boolean,
): number {
  for (let index = this.length - 1; index >= 0; index--) {
    if (isWanted(this[index] as T, index)) return index;
  }
  return -1;
});

add(Array.prototype, "findLast", function <T>(
  this: readonly T[],
  isWanted: (item: T, index: number) => boolean,
): T | undefined {
  return this[this.findLastIndex(isWanted)];
});

add(Array.prototype, "with", function <T>(this: readonly T[], index: number, item: T): T[] {
  const copy = [...this];
  copy[index < 0 ? copy.length + index : index] = item;
  return copy;
});

add(Array.prototype, "toSpliced", function <T>(
  this: readonly T[],
  ...parameters: Parameters<T[]["splice"]>
): T[] {
  const copy = [...this];
  copy.splice(...parameters);
  return copy;
});

add(Array.prototype, "toSorted", function <T>(
  this: readonly T[],
  compare?: (a: T, b: T) => number,
): T[] {
  return [...this].sort(compare);
});

const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

add(String.prototype, "toWellFormed", function (this: string): string {
  return this.replace(LONE, "\ufffd");
});

add(String.prototype, "isWellFormed", function (this: string): boolean {
  return this.search(LONE) < 0;
});

add(Promise, "withResolvers", function <T>(): {
  promise: Promise<T>;
  resolve: (value: T | PromiseLike<T>) => void;
  reject: (reason?: unknown) => void;
} {
  let resolve: (value: T | PromiseLike<T>) => void = () => {};
  let reject: (reason?: unknown) => void = () => {};
  const promise = new Promise<T>((...both) => [resolve, reject] = both);
  return { promise, resolve, reject };
});

/** Returns the value of `key`; if there is none, stores the one that `make` returns. */
export function getOrMake<K, V>(
  map: { get(key: K): V | undefined; set(key: K, value: V): unknown },
  key: K,
  make: (key: K) => V,
): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make(key));
  return value;
}

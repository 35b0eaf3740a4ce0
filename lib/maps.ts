/** Returns the value of `key`; if there is none, stores the one that `make` returns. */
export function getOrMake<K, V>(map: Map<K, V>, key: K, make: (key: K) => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make(key));
  return value;
}

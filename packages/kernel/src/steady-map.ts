/** A map with string keys that grows without long pauses. */
export interface SteadyMap<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  has(key: string): boolean
}

const PARTS = 64

/**
 * Creates a map that is split into parts, chosen by the key. A single map with a hundred thousand keys is copied
 * completely each time it doubles, which takes 5 to 15 ms. That is longer than a safe point may take. The parts double
 * at different times, each within a fraction of a millisecond.
 */
export function createSteadyMap<Value>(): SteadyMap<Value> {
  const parts = Array.from({ length: PARTS }, () => new Map<string, Value>())
  function partOf(key: string): Map<string, Value> {
    const part = parts[indexOf(key)]
    if (part === undefined) throw new Error('unreachable: there is a part for every index')
    return part
  }
  return {
    get: (key) => partOf(key).get(key),
    set: (key, value) => void partOf(key).set(key, value),
    has: (key) => partOf(key).has(key),
  }
}

// Uses the end of a key, because keys differ most there. An uneven distribution only costs time.
function indexOf(key: string): number {
  const { length } = key
  let hash = length
  for (let i = Math.max(0, length - 4); i < length; i++) hash = (hash * 31 + key.charCodeAt(i)) | 0
  return (hash ^ (hash >>> 6)) & (PARTS - 1)
}

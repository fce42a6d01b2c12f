/** Lists every key of an options type: the compiler rejects a list with a missing or an extra key. */
export type OptionKeys<Options> = { readonly [Key in keyof Required<Options>]: true }

/**
 * Rejects options that are not an object, and unknown keys, because a misspelt option would silently have no effect.
 *
 * This package has no dependencies, so it has its own check.
 *
 * @throws TypeError with one sentence that suggests the nearest key.
 */
export function checkOptions(owner: string, options: unknown, keys: Readonly<Record<string, true>>): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(
      `the options of \`${owner}\` must be an object, got ${Array.isArray(options) ? 'a list' : String(options)}`,
    )
  }
  for (const key of Object.keys(options)) {
    if (Object.hasOwn(keys, key)) continue
    const known = Object.keys(keys)
    const [near] = known.toSorted((a, b) => likeness(key, b) - likeness(key, a))
    const hint =
      near !== undefined && likeness(key, near) >= 0.5 ? `did you mean \`${near}\`?` : `choose from ${known.join(', ')}`
    throw new TypeError(`\`${owner}\` has no option \`${key}\`: ${hint}`)
  }
}

/**
 * Returns the fraction of adjacent letter pairs that two words have in common (Dice 1945), which is good enough for a
 * handful of names.
 */
function likeness(a: string, b: string): number {
  const [left, right] = [pairs(a), pairs(b)]
  const common = left.filter((pair) => right.includes(pair)).length
  return (2 * common) / Math.max(1, left.length + right.length)
}

function pairs(word: string): readonly string[] {
  const letters = ` ${word.toLowerCase()} `
  return Array.from({ length: letters.length - 1 }, (_, i) => letters.slice(i, i + 2))
}

import { nearest } from './nearest.ts'

/** Lists every key of an options type. The compiler rejects a list with a missing or an extra key. */
export type OptionKeys<Options> = { readonly [Key in keyof Required<Options>]: true }

/**
 * Rejects options that are not an object, and unknown keys, because a misspelt option would silently have no effect.
 *
 * @param owner The function that accepts the options, as its caller writes it, such as `openKernel`.
 * @param keys The keys that it accepts.
 * @throws TypeError with one sentence that suggests the nearest known key.
 */
export function checkOptions(owner: string, options: unknown, keys: Readonly<Record<string, true>>): void {
  const problem = optionProblem(owner, options, keys)
  if (problem !== null) throw new TypeError(problem)
}

/**
 * Returns the message that {@link checkOptions} would throw, for callers that throw their own error; null if there is
 * no problem.
 */
export function optionProblem(owner: string, options: unknown, keys: Readonly<Record<string, true>>): string | null {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return `the options of \`${owner}\` must be an object, got ${describeShape(options)}`
  }
  for (const key of Object.keys(options)) {
    if (Object.hasOwn(keys, key)) continue
    const known = Object.keys(keys)
    const near = nearest(key, known)
    const hint = near.length > 0 ? `did you mean \`${near.join('` or `')}\`?` : `choose from ${known.join(', ')}`
    return `\`${owner}\` has no option \`${key}\`: ${hint}`
  }
  return null
}

/** Returns a short description of a wrong argument: `a list of 3`, `the function callbacks`, `"text"`, `undefined`. */
export function describeShape(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value)
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (value instanceof Promise) return 'a promise'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

import type { Space } from './dimension.ts'
import { show } from './show.ts'
import type { StudyOptions } from './study.ts'
import { StudyError } from './study-error.ts'
import type { JsonValue, StudyDirection } from './trial.ts'

/**
 * Checks a study's options and returns its directions.
 *
 * @throws TypeError or RangeError naming the option, the actual value and what would be valid.
 */
export function checkOptions(options: StudyOptions<Space>): readonly StudyDirection[] {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`\`createStudy\` takes { space, sampler, ... }, got ${show(options)}`)
  }
  const { sampler, seed = 0, pruner, storage, clock, owner } = options
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`\`seed\` must be a whole number >= 0, got ${show(seed)}`)
  }
  need(sampler, ['open'], 'sampler', 'a sampler such as tpe()')
  if (pruner !== undefined) need(pruner, ['shouldPrune'], 'pruner', 'a pruner such as medianPruner()')
  if (storage !== undefined) {
    need(storage, ['read', 'append'], 'storage', "a storage such as memoryStorage() or journalStorage('study.jsonl')")
  }
  if (clock !== undefined && typeof clock !== 'function') {
    throw new TypeError(`\`clock\` must be a function that returns milliseconds, got ${show(clock)}`)
  }
  if (owner !== undefined && typeof owner !== 'string')
    throw new TypeError(`\`owner\` must be text, got ${show(owner)}`)
  return checkDirections(options)
}

function need(value: object, methods: readonly string[], name: string, right: string): void {
  // Types do not protect against JavaScript callers, or against a factory that is passed without being called.
  const given = value as Record<string, unknown> | undefined | null
  if (typeof given === 'object' && given !== null && methods.every((key) => typeof given[key] === 'function')) return
  const hint = typeof given === 'function' ? `: call it, \`${name}: ${given['name'] || 'factory'}()\`` : ''
  throw new TypeError(`\`${name}\` must be ${right}, got ${show(value)}${hint}`)
}

function checkDirections({ direction, directions }: StudyOptions<Space>): readonly StudyDirection[] {
  if (directions === undefined) {
    if (direction === undefined || isDirection(direction)) return [direction ?? 'minimize']
    throw new RangeError(`\`direction\` must be 'minimize' or 'maximize', got ${show(direction)}`)
  }
  if (!Array.isArray(directions) || directions.length === 0 || !directions.every(isDirection)) {
    throw new RangeError(`\`directions\` must be a list of 'minimize' and 'maximize', got ${show(directions)}`)
  }
  if (direction !== undefined) throw new TypeError('set `direction` or `directions`, not both')
  return [...directions]
}

function isDirection(value: unknown): value is StudyDirection {
  return value === 'minimize' || value === 'maximize'
}

/**
 * Checks that a key and a value can be stored with a trial.
 *
 * @throws TypeError for a value that JSON cannot represent.
 */
export function checkAttr(key: string, value: JsonValue): void {
  if (typeof key !== 'string' || key === '' || key === '__proto__') {
    throw new TypeError(`the key of a user attribute must be a non-empty string, got ${show(key)}`)
  }
  const lost = lostIn(value)
  if (lost !== undefined) throw new TypeError(`the user attribute \`${key}\` must be JSON data, got ${lost}`)
}

function lostIn(value: unknown, depth = 0): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : String(value)
  if (typeof value !== 'object') return show(value)
  if (depth > 100) return 'data that is nested too deeply or circular'
  const plain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
  if (!plain) return 'an object that is not plain'
  for (const inner of Object.values(value)) {
    const lost = lostIn(inner, depth + 1)
    if (lost !== undefined) return lost
  }
  return undefined
}

/**
 * Checks the stale options and returns their milliseconds.
 *
 * @throws RangeError if they are invalid.
 */
export function checkStale(options: { readonly olderThanMs: number; readonly maxRetries?: number }): number {
  const { olderThanMs, maxRetries = 3 } = options ?? {}
  if (!(olderThanMs >= 0)) throw new RangeError(`\`olderThanMs\` must be a number >= 0, got ${show(olderThanMs)}`)
  if (!(maxRetries >= 0)) throw new RangeError(`\`maxRetries\` must be a number >= 0, got ${show(maxRetries)}`)
  return olderThanMs
}

/** Returns the error for a trial that is no longer running. */
export function toldBefore(number: number, state?: string, reason?: string): StudyError {
  const how = state === undefined ? '' : ` and has state ${state}${reason === undefined ? '' : ` (${reason})`}`
  return new StudyError('already-told', `trial ${number} was already told${how}: tell a trial only once`)
}

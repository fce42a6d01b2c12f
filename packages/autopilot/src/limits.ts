import {
  type ControlDescription,
  didYouMean,
  isObject,
  type Json,
  ok,
  type Result,
  refused,
  show,
} from '@hotcb/protocol'
import type { ControlLimit, Distance, Limits, Permission } from './types.ts'

const WORDS = ['rescue', 'checkpoint', 'pause', 'stop', 'cb', 'rerun'] as const
const ANY: Distance = { kind: 'any' }
const TENFOLD: Distance = { kind: 'ratio', most: 10 }

/**
 * The limits if none are configured: a rule may change a control within its bounds, by at most a factor of ten in total.
 * Stopping the run needs approval.
 */
export const DEFAULT_LIMITS: Limits = {
  controls: [
    { key: 'lr', auto: TENFOLD, ask: { kind: 'ratio', most: 1000 }, drift: TENFOLD },
    { key: '*', auto: ANY, ask: ANY, drift: TENFOLD },
  ],
  words: { rescue: 'auto', checkpoint: 'auto', pause: 'auto', stop: 'ask', cb: 'ask', rerun: 'ask' },
  perRun: 40,
  perHour: 6,
}

/** The facts that determine whether a requested change is allowed. */
export interface AskedChange {
  readonly key: string
  readonly from: Json
  readonly to: Json
  /** The value at the start, or the last value that a person set or approved; undefined if it is not known. */
  readonly anchor: Json | undefined
  readonly control: ControlDescription | undefined
}

/** Whether a change is allowed, and why it may need approval. */
export interface ChangePermission {
  readonly permission: Permission
  readonly because: string
}

/** Judges a control change by the first limit that matches its key. */
export function judgeChange(limits: Limits, change: AskedChange): ChangePermission {
  const { key, from, to, anchor, control } = change
  const limit = limits.controls.find((one) => fits(one.key, key))
  if (limit === undefined) return { permission: 'ask', because: `no limit is set for ${key}` }
  if (!isWithin(limit.ask, from, to, control)) {
    return { permission: 'never', because: `${key} may be changed by at most ${tell(limit.ask)}` }
  }
  if (limit.auto === null) return { permission: 'ask', because: `changes of ${key} need approval` }
  if (!isWithin(limit.auto, from, to, control)) {
    return { permission: 'ask', because: `${key} may be changed by at most ${tell(limit.auto)} without approval` }
  }
  // Measured as a ratio, every other value is infinitely far from 0.
  if (anchor !== undefined && anchor !== 0 && !isWithin(limit.drift, anchor, to, control)) {
    return { permission: 'ask', because: `${key} would be more than ${tell(limit.drift)} from ${show(anchor)}` }
  }
  return { permission: 'auto', because: '' }
}

/** Returns the strictest of several judgements. */
export function strictest(judgements: readonly ChangePermission[]): ChangePermission {
  const rank: Readonly<Record<Permission, number>> = { auto: 0, ask: 1, never: 2 }
  return judgements.reduce<ChangePermission>(
    (worst, one) => (rank[one.permission] > rank[worst.permission] ? one : worst),
    {
      permission: 'auto',
      because: '',
    },
  )
}

/** Judges an action that has its own entry in the limits, such as `rescue`. */
export function wordJudgement(limits: Limits, word: keyof Limits['words']): ChangePermission {
  const permission: Permission = limits.words[word]
  if (permission === 'auto') return { permission, because: '' }
  return { permission, because: permission === 'ask' ? `\`${word}\` needs approval` : `\`${word}\` is not allowed` }
}

function isWithin(distance: Distance, from: Json, to: Json, control: ControlDescription | undefined): boolean {
  if (distance.kind === 'any' || from === to) return true
  if (typeof from !== 'number' || typeof to !== 'number') return false
  // Rounding must not make a change from 1 to 0.1 count as larger than x10.
  const most = distance.most * (1 + 1e-9)
  if (distance.kind === 'ratio') return from > 0 && to > 0 && Math.max(to / from, from / to) <= most
  const { min, max } = control ?? { min: null, max: null }
  return min !== null && max !== null && Math.abs(to - from) <= most * (max - min)
}

/** Returns, as text, how far a control may be changed without approval: `x2`, `never`. */
export function autoText(limits: Limits, key: string): string {
  const auto = limits.controls.find((one) => fits(one.key, key))?.auto ?? null
  return auto === null ? 'never' : tell(auto)
}

function tell(distance: Distance): string {
  if (distance.kind === 'any') return 'any amount'
  return distance.kind === 'ratio'
    ? `x${distance.most}`
    : `${Number((distance.most * 100).toPrecision(6))} % of its range`
}

function fits(pattern: string, key: string): boolean {
  const parts = pattern.split('*')
  const [first = '', ...rest] = parts
  if (rest.length === 0) return pattern === key
  if (!key.startsWith(first)) return false
  let at = first.length
  for (const [i, part] of rest.entries()) {
    if (i === rest.length - 1) return key.length - part.length >= at && key.endsWith(part)
    const found = key.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return true
}

/**
 * Reads the `limits` in `hotcb.autopilot.yaml`. Entries keyed by control have the form `{auto: x2, ask: x30, drift: x10}`, or use
 * percentages such as `20%`. `rescue`, `checkpoint`, `pause`, `stop`, `cb` and `rerun` are auto, ask or never. `per_run` and `per_hour`
 * are counts. A control without an entry needs approval.
 */
export function readLimits(value: unknown): Result<Limits> {
  if (value === undefined || value === null) return ok(DEFAULT_LIMITS)
  if (!isObject(value)) return refused(`\`limits\` must be a mapping, got ${show(value)}`)
  const controls: ControlLimit[] = []
  let limits: Limits = { ...DEFAULT_LIMITS, controls }
  for (const [key, given] of Object.entries(value)) {
    const read = COUNTS.has(key) || isWord(key) ? readOther(limits, key, given) : readControlLimit(key, given)
    if (!read.ok) return read
    if ('key' in read.value) controls.push(read.value)
    else limits = read.value
  }
  return ok(limits)
}

const COUNTS: ReadonlyMap<string, 'perRun' | 'perHour'> = new Map([['per_run', 'perRun'], ['per_hour', 'perHour']]) // biome-ignore format: short

function isWord(key: string): key is (typeof WORDS)[number] {
  return (WORDS as readonly string[]).includes(key)
}

function readOther(limits: Limits, key: string, given: unknown): Result<Limits> {
  const count = COUNTS.get(key)
  if (count === undefined) {
    if (given === 'auto' || given === 'ask' || given === 'never') {
      return ok({ ...limits, words: { ...limits.words, [key]: given } })
    }
    return refused(`\`limits.${key}\` must be auto, ask or never, got ${show(given)}`)
  }
  if (Number.isSafeInteger(given) && Number(given) >= 0) return ok({ ...limits, [count]: Number(given) })
  return refused(`\`limits.${key}\` must be a whole number of at least 0, got ${show(given)}`)
}

const FIELDS = ['auto', 'ask', 'drift']

function readControlLimit(key: string, given: unknown): Result<ControlLimit> {
  if (!isObject(given))
    return refused(`\`limits.${key}\` must have the form {auto: x2, ask: x30, drift: x10}, got ${show(given)}`)
  const foreign = Object.keys(given).find((field) => !FIELDS.includes(field))
  if (foreign !== undefined) {
    return refused(`\`limits.${key}\` has no field \`${foreign}\`: ${didYouMean(foreign, FIELDS, FIELDS.join(', '))}`)
  }
  const read: Record<string, Distance> = {}
  for (const [field, text] of Object.entries(given)) {
    const distance = readDistance(text)
    if (distance === null) {
      return refused(
        `\`limits.${key}.${field}\` must be a ratio such as x2 or a percentage such as 20%, got ${show(text)}`,
      )
    }
    read[field] = distance
  }
  return ok({ key, auto: read['auto'] ?? null, ask: read['ask'] ?? ANY, drift: read['drift'] ?? TENFOLD })
}

function readDistance(text: unknown): Distance | null {
  if (text === 'any') return ANY
  const [, ratio, share] = typeof text === 'string' ? (/^(?:x([\d.]+)|([\d.]+) ?%)$/.exec(text) ?? []) : []
  if (ratio !== undefined && Number(ratio) >= 1) return { kind: 'ratio', most: Number(ratio) }
  return share !== undefined && Number(share) >= 0 ? { kind: 'share', most: Number(share) / 100 } : null
}

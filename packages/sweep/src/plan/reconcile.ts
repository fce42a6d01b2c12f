import { pythonStr } from '@hotcb/expr'
import type { Parameter } from '../config/config.ts'
import { numberInText, type Value } from '../value.ts'
import { type Assignments, createTrialHash } from './hash.ts'
import { distinctNames } from './name.ts'
import { formatG } from './python-text.ts'
import { type PlannedTrial, placeOf, type SweepTrial } from './trial.ts'
import { rememberTexts } from './value-texts.ts'

/** A trial in the journal, and whether it may be dropped. */
export interface KnownTrial {
  readonly trial: SweepTrial
  /** Whether it was dropped earlier or left out of an earlier plan. A later plan may contain it again. */
  readonly isOut: boolean
  /** Whether it is running, is waiting in a queue, or has results. Such a trial cannot be dropped. */
  readonly isHeld: boolean
}

/** The changes that `run` makes to the trials after the config was edited. */
export interface Reconciled {
  readonly kept: readonly SweepTrial[]
  readonly added: readonly SweepTrial[]
  readonly revived: readonly SweepTrial[]
  /** Trials that are no longer in the plan and are dropped. */
  readonly dropped: readonly SweepTrial[]
  /** Trials that are no longer in the plan but are kept. */
  readonly held: readonly SweepTrial[]
}

/**
 * Compares a plan with the existing trials. Trials with equal values are the same trial, however the values are written. For a parameter
 * that a trial does not have yet, the default is used.
 *
 * @param taken Names that must not be used again.
 */
export function reconcile(
  planned: readonly PlannedTrial[],
  known: readonly KnownTrial[],
  parameters: readonly Parameter[],
  nextIndex: number,
  taken: ReadonlySet<string> = new Set(known.map(({ trial }) => trial.name)),
): Reconciled {
  const order = (planned[0]?.params ?? []).map(([name]) => name)
  const keyOf = createKey(order)
  const byKey = new Map<string, KnownTrial>()
  for (const one of known) byKey.set(keyOf(completed(one.trial, parameters)), one)
  const matched = new Set<KnownTrial>()
  const kept: SweepTrial[] = []
  const revived: SweepTrial[] = []
  const fresh: PlannedTrial[] = []
  for (const one of planned) {
    const match = byKey.size === 0 ? undefined : byKey.get(keyOf(one))
    if (match === undefined) fresh.push(one)
    else {
      matched.add(match)
      ;(match.isOut ? revived : kept).push(match.trial)
    }
  }
  const out = known.filter((one) => !matched.has(one) && !one.isOut)
  return {
    kept,
    revived,
    added: numbered(fresh, parameters, taken, nextIndex),
    dropped: out.filter(({ isHeld }) => !isHeld).map(({ trial }) => trial),
    held: out.filter(({ isHeld }) => isHeld).map(({ trial }) => trial),
  }
}

function numbered(
  fresh: readonly PlannedTrial[],
  parameters: readonly Parameter[],
  taken: ReadonlySet<string>,
  nextIndex: number,
): readonly SweepTrial[] {
  const order = (fresh[0]?.params ?? []).map(([name]) => parameters.find((one) => one.name === name))
  const named = order.filter((one) => one !== undefined)
  const hash = createTrialHash()
  const rows = fresh.map(({ params, extras, ...place }) => ({ params, hash: hash(params, extras, place) }))
  const names = distinctNames(named, rows, (name) => taken.has(name), prefixOf(fresh[0]))
  return fresh.map(({ params, extras, ...place }, at) => ({
    i: nextIndex + at,
    hash: rows[at]?.hash ?? '',
    params,
    extras,
    name: names[at] ?? '',
    ...placeOf(place),
  }))
}

/** Returns the name prefix, such as `finetune-3`: these trials' stage and parent. Empty without stages. */
function prefixOf(trial: PlannedTrial | undefined): string {
  if (trial?.stage === undefined) return ''
  return trial.parent === undefined ? trial.stage : `${trial.stage}-${trial.parent}`
}

/** Returns the trial with the parameters that were added later, at their defaults. */
function completed(trial: PlannedTrial, parameters: readonly Parameter[]): PlannedTrial {
  const missing = parameters.filter(({ name }) => !trial.params.some(([one]) => one === name))
  if (missing.length === 0) return trial
  const added = missing.flatMap(({ name, default: value }) => (value === null ? [] : [[name, value] as const]))
  return { ...trial, params: [...trial.params, ...added] }
}

// Values are compared to nine digits. Values with a smaller difference count as equal, unless rounding changes a digit; then the trial is
// new.
function createKey(order: readonly string[]): (trial: PlannedTrial) => string {
  const textOf = rememberTexts(valueKey)
  const text = (assignments: Assignments): string => {
    let joined = ''
    for (const [name, value] of assignments) joined += `${name}=${textOf(value)}\0`
    return joined
  }
  return ({ params, extras }) => `${text(isInOrder(params, order) ? params : sorted(params, order))}\0${text(extras)}`
}

function isInOrder(params: Assignments, order: readonly string[]): boolean {
  return params.length === order.length && params.every(([name], at) => name === order[at])
}

function sorted(params: Assignments, order: readonly string[]): Assignments {
  const place = new Map(order.map((name, at) => [name, at]))
  return [...params].sort(([a], [b]) => (place.get(a) ?? order.length) - (place.get(b) ?? order.length))
}

/** Returns a key that is the same for equal values: 1 and 1.0, 0.001 and the string "1e-3". */
function valueKey(value: Value): string {
  const plain = value.type === 'str' ? (numberInText(value.value) ?? value) : value
  if (plain.type === 'int' || plain.type === 'float') return `n${formatG(plain.value, 9)}`
  return `${plain.type[0]}${pythonStr(plain)}`
}

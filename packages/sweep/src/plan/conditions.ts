import { createNames, evaluate, type Program, pythonStr, type Scope } from '@hotcb/expr'
import type { Condition, Parameter, SlurmResources, Test } from '../config/config.ts'
import { isEqual, NONE, numberOf, type Value } from '../value.ts'
import type { Assignments } from './hash.ts'
import type { Outcome as Judged } from './outcome.ts'

/**
 * The result of applying the conditions to a combination: either it is dropped, or it has its values after `force` and the values that
 * `set` adds.
 */
export type Applied =
  | { readonly kind: 'excluded'; readonly by: string }
  | { readonly kind: 'kept'; readonly values: readonly Value[]; readonly extras: Assignments }

/** Applies a sweep's conditions to combinations. */
export type ApplyConditions = (values: readonly Value[]) => Judged<Applied>

/** @param parameters In the same order as the values. */
export function createConditions(conditions: readonly Condition[], parameters: readonly Parameter[]): ApplyConditions {
  const places = new Map(parameters.map(({ name }, at) => [name, at]))
  const names = createNames('sweep', places.keys())
  return (given) => {
    const values = [...given]
    const value = (name: string): Value | undefined => values[places.get(name) ?? -1]
    const place: Combination = { values, places, extras: new Map(), scope: { names, value }, value }
    for (const condition of conditions) {
      const applied = applyOne(condition, place)
      if (!applied.ok) return refusedBy(condition, applied.message, parameters, values)
      if (applied.value === 'excluded') return { ok: true, value: { kind: 'excluded', by: condition.name } }
    }
    return { ok: true, value: { kind: 'kept', values, extras: [...place.extras] } }
  }
}

/** Returns the resources that conditions set for a combination. Later conditions take precedence. */
export function resourcesFor(
  conditions: readonly Condition[],
  parameters: readonly Parameter[],
  value: (name: string) => Value | undefined,
): SlurmResources {
  const setting = conditions.filter(({ slurm }) => Object.keys(slurm).length > 0)
  if (setting.length === 0) return {}
  const names = createNames(
    'sweep',
    parameters.map(({ name }) => name),
  )
  const place = { values: [], places: new Map(), extras: new Map(), scope: { names, value }, value }
  return Object.assign(
    {},
    ...setting.map((condition) => {
      const match = matches(condition, place)
      return match.ok && match.value ? condition.slurm : {}
    }),
  )
}

/** A combination while conditions are being applied to it. */
interface Combination {
  readonly values: Value[]
  readonly places: ReadonlyMap<string, number>
  readonly extras: Map<string, Value>
  readonly scope: Scope
  value(name: string): Value | undefined
}

function applyOne(condition: Condition, place: Combination): Judged<'excluded' | 'kept'> {
  const match = matches(condition, place)
  if (!match.ok) return match
  if (!match.value) return { ok: true, value: 'kept' }
  if (condition.exclude.some(([name, listed]) => isListed(place.value(name), listed))) {
    return { ok: true, value: 'excluded' }
  }
  for (const [name, value] of condition.force) place.values[place.places.get(name) ?? -1] = value
  for (const [key, value] of condition.set) {
    const set = 'dialect' in value ? evaluated(value, place.scope) : { ok: true as const, value }
    if (!set.ok) return set
    // A key that is set again keeps its place, as in Python's dict.
    place.extras.set(key, set.value)
  }
  return { ok: true, value: 'kept' }
}

function isListed(value: Value | undefined, listed: readonly Value[]): boolean {
  return value !== undefined && listed.some((one) => isEqual(one, value))
}

function matches({ when }: Condition, place: Combination): Judged<boolean> {
  for (const test of when) {
    const holds = testHolds(test, place)
    if (!holds.ok || !holds.value) return holds
  }
  return { ok: true, value: true }
}

function testHolds(test: Test, { scope, value: valueAt }: Combination): Judged<boolean> {
  if (test.kind === 'expr') {
    const given = evaluated(test.program, scope)
    return given.ok ? { ok: true, value: isTrue(given.value) } : given
  }
  const value = valueAt(test.name)
  if (value === undefined) return { ok: true, value: false }
  return { ok: true, value: compares(value, test.op, test.operand) }
}

function evaluated(program: Program, scope: Scope): Judged<Value> {
  const outcome = evaluate(program, scope)
  if (!outcome.ok) return { ok: false, message: `${outcome.problem.message} in "${program.text}"` }
  return outcome.value.type === 'unknown' ? { ok: true, value: NONE } : { ok: true, value: outcome.value }
}

function isTrue(value: Value): boolean {
  if (value.type === 'none') return false
  return 'items' in value ? value.items.length > 0 : Boolean(value.value)
}

function compares(value: Value, op: Extract<Test, { kind: 'value' }>['op'], operand: Value): boolean {
  const items = 'items' in operand ? operand.items : [operand]
  switch (op) {
    case 'eq':
      return isEqual(value, operand)
    case 'ne':
      return !isEqual(value, operand)
    case 'in':
      return isListed(value, items)
    case 'not_in':
      return !isListed(value, items)
    default:
      return isOrdered(value, op, operand)
  }
}

/** Ordering operators apply only to numbers; true and false count as 1 and 0, as in Python. */
function isOrdered(value: Value, op: 'gt' | 'ge' | 'lt' | 'le', operand: Value): boolean {
  const [left, right] = [numberOf(value), numberOf(operand)]
  if (left === undefined || right === undefined) return false
  if (op === 'gt') return left > right
  if (op === 'ge') return left >= right
  return op === 'lt' ? left < right : left <= right
}

function refusedBy(
  { name, line }: Condition,
  message: string,
  parameters: readonly Parameter[],
  values: readonly Value[],
): Judged<Applied> {
  const shown = parameters.map((one, at) => `${one.name}=${pythonStr(values[at] ?? NONE)}`).join(' ')
  return { ok: false, message: `condition "${name}" in line ${line}: ${message}, for ${shown}` }
}

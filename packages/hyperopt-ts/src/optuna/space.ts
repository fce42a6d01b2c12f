import type { Dimension, Scalar, Space } from '../dimension.ts'
import type { AnyParams } from '../params.ts'
import { checkDimension } from '../space-check.ts'
import type { OptunaTrial } from './read.ts'

/** An Optuna parameter's place in a space. */
export interface Shape {
  /** Optuna's name. */
  readonly name: string
  /** Names and arms from the root to the parameter's own name: `['head', 'mlp', 'width']`. */
  readonly steps: readonly string[]
  /** True if some trials lack it without a known reason. */
  readonly optional: boolean
}

type Draft = Record<string, Dimension>

/** Returns the space that covers all trials. */
export function spaceOf(trials: readonly OptunaTrial[]): { space: Space; shapes: readonly Shape[] } {
  const flat = new Map<string, Dimension>()
  for (const { dimensions } of trials) {
    for (const [name, dimension] of dimensions) {
      const before = flat.get(name)
      flat.set(name, before === undefined ? dimension : united(before, dimension))
    }
  }
  const steps = new Map([...flat.keys()].map((name) => [name, stepsOf(name, flat)]))
  // A choice with parameters below it is a branch.
  const branches = new Set([...steps.values()].filter((one) => one.length > 1).flatMap((one) => prefixes(one)))
  const space: Draft = {}
  const shapes: Shape[] = []
  for (const [name, dimension] of flat) {
    const own = steps.get(name) ?? [name]
    const complete = trials.filter(({ params, state }) => state === 'complete' && isActive(own, params))
    const optional = complete.some(({ params }) => !params.has(name))
    shapes.push({ name, steps: own, optional })
    const isBranch = branches.has(own.join('.')) && dimension.kind === 'choice'
    const shaped = isBranch
      ? { kind: 'branch' as const, arms: Object.fromEntries(dimension.values.map((arm) => [String(arm), {}])) }
      : dimension
    put(space, own, optional ? { kind: 'branch', arms: { absent: {}, present: { value: shaped } } } : shaped)
  }
  for (const [name, dimension] of Object.entries(space)) checkDimension(dimension, name)
  return { space, shapes }
}

/** Returns a trial's parameters in the space's shape. */
export function nestParams(flat: ReadonlyMap<string, Scalar>, shapes: readonly Shape[]): AnyParams {
  const root: Record<string, Scalar | AnyParams> = {}
  const byDepth = [...shapes].sort((a, b) => a.steps.length - b.steps.length)
  for (const { name, steps, optional } of byDepth) {
    const value = flat.get(name)
    const home = homeOf(root, steps)
    const last = steps.at(-1) ?? name
    if (home === undefined) continue
    if (optional) home[last] = value === undefined ? { kind: 'absent' } : { kind: 'present', value }
    else if (value !== undefined)
      home[last] = shapes.some((other) => isBelow(other.steps, steps)) ? { kind: String(value) } : value
  }
  return root
}

function isBelow(steps: readonly string[], above: readonly string[]): boolean {
  return steps.length > above.length && above.every((one, i) => steps[i] === one)
}

function homeOf(
  root: Record<string, Scalar | AnyParams>,
  steps: readonly string[],
): Record<string, Scalar | AnyParams> | undefined {
  let home = root
  for (let i = 0; i + 2 < steps.length; i += 2) {
    const value = home[steps[i] ?? '']
    if (typeof value !== 'object' || value === null || value.kind !== steps[i + 1]) return undefined
    home = value as Record<string, Scalar | AnyParams> // It is being built here.
  }
  return home
}

/** Splits `head.mlp.width` into steps if `head` is a choice with the value `mlp`; otherwise returns one step without dots. */
function stepsOf(name: string, flat: ReadonlyMap<string, Dimension>): string[] {
  const parts = name.split('.')
  for (let i = 2; i < parts.length; i += 2) {
    const above = flat.get(parts.slice(0, i - 1).join('.'))
    const arm = parts[i - 1]
    if (above?.kind !== 'choice' || !above.values.some((value) => String(value) === arm))
      return [parts.join('_') || '_']
  }
  return parts.length % 2 === 1 && !parts.includes('') ? parts : [parts.join('_') || '_']
}

function prefixes(steps: readonly string[]): string[] {
  return steps.flatMap((_, i) => (i % 2 === 1 ? [steps.slice(0, i).join('.')] : []))
}

function isActive(steps: readonly string[], params: ReadonlyMap<string, Scalar>): boolean {
  for (let i = 1; i < steps.length; i += 2) {
    if (String(params.get(steps.slice(0, i).join('.'))) !== steps[i]) return false
  }
  return true
}

function put(space: Draft, steps: readonly string[], dimension: Dimension): void {
  let home = space
  for (let i = 0; i + 2 < steps.length; i += 2) {
    const above = home[steps[i] ?? '']
    if (above?.kind !== 'branch') break
    home = above.arms[steps[i + 1] ?? ''] as Draft // It is being built here.
  }
  home[steps.at(-1) ?? ''] = dimension
}

/** One dimension that covers the parameters of two trials. */
function united(a: Dimension, b: Dimension): Dimension {
  if (a.kind === 'choice' && b.kind === 'choice')
    return { kind: 'choice', values: [...new Set([...a.values, ...b.values])] }
  if ((a.kind === 'int' || a.kind === 'float') && b.kind === a.kind) {
    return { ...b, low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) }
  }
  return b
}

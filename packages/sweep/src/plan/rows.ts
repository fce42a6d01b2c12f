import type { Parameter, SweepConfig } from '../config/config.ts'
import { isEqual, type Value } from '../value.ts'
import { defaultOf, levelsOf } from './levels.ts'

/** The combinations before conditions: their parameter order, their number, and a function that visits each one. */
export interface Rows {
  readonly parameters: readonly Parameter[]
  readonly count: number
  /** Returns the values in the order of `parameters`. The array is reused: copy it to keep it. */
  each(take: (values: Value[]) => void): void
}

/** Returns the combinations of a sweep without `search`, in HyperHerd's order. */
export function rowsOf(config: Pick<SweepConfig, 'grid' | 'parameters' | 'seeds'>): Rows {
  const { grid, parameters, seeds } = config
  // The seed is the last parameter. Seeds multiply every kind of plan.
  const swept = seeds === null ? parameters : parameters.slice(0, -1)
  const seed = seeds === null ? [] : parameters.slice(-1)
  if (grid.kind === 'one-at-a-time') return withSeeds(oneAtATime(swept), seed)
  if (grid.kind === 'all') return product([...swept, ...seed], [...swept, ...seed])
  const { names } = grid
  const varied = names.flatMap((name) => swept.find((one) => one.name === name) ?? [])
  // HyperHerd's order: parameters with a default in file order, followed by the grid's parameters without a default.
  const order = [...swept.filter((one) => one.default !== null), ...varied.filter((one) => one.default === null)]
  return product([...order, ...seed], [...varied, ...seed])
}

/** Returns all combinations of `varied`, where the last one varies fastest; the others stay at their defaults. */
function product(parameters: readonly Parameter[], varied: readonly Parameter[]): Rows {
  const axes = varied.map((one) => ({ at: parameters.indexOf(one), levels: levelsOf(one) }))
  return {
    parameters,
    count: axes.reduce((count, { levels }) => count * levels.length, 1),
    each(take) {
      const values = parameters.map(defaultOf)
      const visit = (depth: number): void => {
        const axis = axes[depth]
        if (axis === undefined) {
          take(values)
          return
        }
        for (const level of axis.levels) {
          values[axis.at] = level
          visit(depth + 1)
        }
      }
      visit(0)
    },
  }
}

/** Returns the combination of all defaults first, followed by each other value of each parameter. */
function oneAtATime(parameters: readonly Parameter[]): Rows {
  const others = parameters.map((one) => levelsOf(one).filter((level) => !isEqual(level, defaultOf(one))))
  return {
    parameters,
    count: 1 + others.reduce((count, levels) => count + levels.length, 0),
    each(take) {
      take(parameters.map(defaultOf))
      for (const [at, levels] of others.entries()) {
        for (const level of levels) {
          const values = parameters.map(defaultOf)
          values[at] = level
          take(values)
        }
      }
    },
  }
}

function withSeeds(rows: Rows, [seed]: readonly Parameter[]): Rows {
  if (seed === undefined) return rows
  const levels = levelsOf(seed)
  return {
    parameters: [...rows.parameters, seed],
    count: rows.count * levels.length,
    each: (take) =>
      rows.each((values) => {
        for (const level of levels) take([...values, level])
      }),
  }
}

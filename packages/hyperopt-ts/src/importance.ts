import { scottBandwidth } from './bandwidth.ts'
import type { Space } from './dimension.ts'
import { exp } from './elementary.ts'
import { activeGroups, createLayout, encodeParams, type Group } from './layout.ts'
import { ParzenEstimator } from './parzen.ts'
import { createPrior } from './prior.ts'
import { type Direction, isComplete, type Trial } from './trial.ts'
import { TrialTable } from './trial-table.ts'

/** What {@link importance} reads of a study; a `Study` is one. */
export interface Studied {
  readonly space: Space
  readonly direction: Direction
  readonly trials: readonly Trial<unknown>[]
}

/** How much one parameter decided. */
export interface Importance {
  /** `lr`, `head.mlp.width`; a branch's own path stands for the choice of its arm. */
  readonly path: string
  /** Its share of all parameters' importance: from 0 to 1, and 1 in all. */
  readonly share: number
}

/** Options of {@link importance}. */
export interface ImportanceOptions {
  /**
   * The share of trials that counts as good.
   *
   * @defaultValue 0.1 (Watanabe et al. 2023)
   */
  readonly target?: number
}

const BINS = 50

/**
 * How much each parameter decided whether a trial was good, the most important first: PED-ANOVA (Watanabe, Bansal and
 * Hutter 2023).
 *
 * A parameter matters when its values among the good trials are distributed otherwise than among all; the difference is
 * the Pearson divergence of the two densities. A parameter of an arm is judged by that arm's trials, and counts in
 * proportion to how many they are. With fewer than ten complete trials it says nothing: all shares are 0.
 *
 * @throws RangeError when `target` is not between 0 and 1.
 */
export function importance(study: Studied, options: ImportanceOptions = {}): Importance[] {
  const { target = 0.1 } = options
  if (!(target > 0 && target < 1)) throw new RangeError(`\`target\` must be > 0 and < 1, got ${target}`)
  const layout = createLayout(study.space)
  const tables = layout.groups.map(
    (group) =>
      new TrialTable(
        group.members.map((member) => member.axis),
        study.direction,
      ),
  )
  const complete = study.trials.filter(isComplete)
  for (const trial of complete as readonly Trial[]) {
    const point = encodeParams(layout, trial.params)
    for (const group of activeGroups(layout, point)) {
      const table = tables[group.index]
      table?.begin(
        trial.number,
        group.members.map((member) => point[member.index] ?? Number.NaN),
      )
      table?.finish(trial, false)
    }
  }
  const raw = layout.groups.flatMap((group) => divergences(group, tables[group.index], target, complete.length))
  const total = raw.reduce((sum, { share }) => sum + share, 0)
  return raw
    .map(({ path, share }) => ({ path, share: total > 0 ? share / total : 0 }))
    .sort((a, b) => b.share - a.share || (a.path < b.path ? -1 : 1))
}

function divergences(group: Group, table: TrialTable | undefined, target: number, trials: number): Importance[] {
  return group.members.map(({ axis }, d) => {
    if (table === undefined || table.size < 10 || axis.count === 1) return { path: axis.path, share: 0 }
    const good = density(table, d, Math.max(2, Math.ceil(target * table.size)))
    const all = density(table, d, table.size)
    const { places, widths } = bins(table, d)
    let divergence = 0
    for (const [i, place] of places.entries()) {
      const [p, q] = [good(place), all(place)]
      divergence += (((p - q) * (p - q)) / q) * (widths[i] ?? 0)
    }
    return { path: axis.path, share: (divergence * table.size) / trials }
  })
}

/** The density of one axis over the `count` best trials. */
function density(table: TrialTable, d: number, count: number): (x: number) => number {
  const priors = table.axes.map((axis) => createPrior(axis))
  const estimator = new ParzenEstimator({ table, dimensions: [d], bandwidth: scottBandwidth(), priorWeight: 1, priors })
  const isMember = new Uint8Array(table.size)
  for (const slot of table.ranked.slice(0, count)) isMember[slot] = 1
  const members = Int32Array.from(table.ranked.slice(0, count)).sort()
  estimator.fit(members, isMember, new Float64Array(members.length).fill(1))
  const row = new Float64Array(table.axes.length)
  return (x) => {
    row[d] = x
    return exp(estimator.logDensity(row))
  }
}

/** Where the densities are compared: at each value, or in the middle of equal bins. */
function bins(table: TrialTable, d: number): { places: number[]; widths: number[] } {
  const axis = table.axes[d]
  if (axis === undefined) return { places: [], widths: [] }
  const few = axis.count <= BINS
  const count = few ? axis.count : BINS
  const indexes = Array.from({ length: count }, (_, i) => i)
  if (axis.nominal) return { places: indexes, widths: indexes.map(() => 1) }
  if (axis.unbounded)
    return { places: indexes.map((i) => ((i + 0.5) / count) * 8 - 4), widths: indexes.map(() => 8 / count) }
  if (!few) return { places: indexes.map((i) => (i + 0.5) / count), widths: indexes.map(() => 1 / count) }
  return {
    places: indexes.map((i) => axis.coordinate(axis.value((axis.edge(i) + axis.edge(i + 1)) / 2))),
    widths: indexes.map((i) => axis.edge(i + 1) - axis.edge(i)),
  }
}

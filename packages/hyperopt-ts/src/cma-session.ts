import type { CmaSettings } from './cma-es.ts'
import { cmaStart, toUnit, UNBOUNDED_RANGE } from './cma-start.ts'
import { type CmaStart, CmaState } from './cma-state.ts'
import { ln } from './elementary.ts'
import { createPoint, decodePoint, type Member } from './layout.ts'
import { createRandom } from './random.ts'
import type { SamplerContext, SamplerSession } from './sampler-session.ts'
import { normalQuantile } from './special.ts'
import { tpe } from './tpe.ts'
import type { StudyDirection, Trial } from './trial.ts'
import { compareRanks, FAILED, rankOf } from './trial-rank.ts'

/** Opens a CMA-ES search for one study. */
export function openCmaEs(context: SamplerContext, settings: CmaSettings): SamplerSession {
  const { layout } = context
  const members = layout.root.members.filter(({ axis }) => !axis.nominal && axis.count > 1)
  // TPE samples the parameters that CMA-ES cannot search. It models all parameters.
  const rest = members.length < layout.axes.length ? tpe().open(context) : undefined
  if (members.length === 0) return rest ?? tpe().open(context)
  const start = cmaStart(layout, members, context.direction, settings)
  const search = new CmaSearch(context, settings, members, start)
  return {
    begin: (trial, point) => {
      search.begin(trial, point)
      rest?.begin?.(trial, point)
    },
    finish: (trial) => {
      search.finish(trial)
      rest?.finish?.(trial)
    },
    suggest: (number, random, fixed) => {
      const drawn = search.draw(random)
      const point = new Float64Array(layout.axes.length).fill(Number.NaN)
      for (const [d, { index }] of members.entries()) point[index] = drawn[d] ?? Number.NaN
      if (fixed !== undefined) for (const [i, one] of fixed.entries()) if (!Number.isNaN(one)) point[i] = one
      if (rest !== undefined) return rest.suggest(number, random, point)
      return decodePoint(
        layout,
        createPoint(layout, ({ index, axis }) => (axis.count === 1 ? 0.5 : (point[index] ?? Number.NaN))),
      )
    },
  }
}

interface Entry {
  readonly trial: Trial
  readonly point: Float64Array
}

/**
 * The search as a fold over the trials in number order, generation by generation, so that it depends only on the trials. A late trial from
 * a generation that has already been folded restarts the fold.
 */
class CmaSearch {
  readonly #members: readonly Member[]
  readonly #settings: CmaSettings
  readonly #direction: StudyDirection
  readonly #seed: number
  readonly #start: CmaStart
  readonly #entries: Entry[] = []
  readonly #places = new Map<number, number>()
  #state: CmaState
  #folded = 0
  #restarts = 0
  #popsize: number
  #stale = false
  #best: number[] = []
  #spent = { large: 0, small: 0 }
  #large = true

  constructor({ direction, seed }: SamplerContext, settings: CmaSettings, members: readonly Member[], start: CmaStart) {
    this.#members = members
    this.#settings = settings
    this.#direction = direction
    this.#seed = seed
    this.#start = start
    this.#popsize = this.#firstSize
    this.#state = new CmaState(start, settings.separable)
    this.#widen()
  }

  begin(trial: Trial, point: Float64Array): void {
    this.#places.set(trial.number, this.#entries.length)
    const own = Float64Array.from(this.#members, (member) => toUnit(member, point[member.index] ?? 0.5))
    this.#entries.push({ trial, point: own })
  }

  finish(trial: Trial): void {
    if ((this.#places.get(trial.number) ?? Infinity) < this.#folded) this.#stale = true
  }

  /** Returns coordinates for the search's axes. */
  draw(random: () => number): Float64Array {
    if (this.#stale) this.#reset()
    while (this.#fold());
    const drawn = this.#state.draw(random)
    return drawn.map((one, d) => {
      const axis = this.#members[d]?.axis
      if (axis?.unbounded) return (one - 0.5) * UNBOUNDED_RANGE
      const inside = reflected(one)
      return axis === undefined || !Number.isFinite(axis.count) ? inside : axis.coordinate(axis.value(inside))
    })
  }

  get #firstSize(): number {
    return this.#settings.popsize ?? 4 + Math.floor(3 * ln(this.#members.length))
  }

  #reset(): void {
    this.#state = new CmaState(this.#start, this.#settings.separable)
    this.#folded = 0
    this.#restarts = 0
    this.#popsize = this.#firstSize
    this.#stale = false
    this.#best = []
    this.#spent = { large: 0, small: 0 }
    this.#large = true
    this.#widen()
  }

  /** Adds the next generation once it has ended. */
  #fold(): boolean {
    const end = this.#folded + this.#popsize
    if (end > this.#entries.length) return false
    const generation = this.#entries.slice(this.#folded, end)
    const ended = generation.filter(({ trial }) => trial.state !== 'running')
    if (ended.length < generation.length && !this.#isLate(end)) return false
    const ranked = ended
      .map((entry) => ({ entry, rank: rankOf(entry.trial) }))
      .sort((a, b) => compareRanks(a.rank, b.rank, this.#direction) || a.entry.trial.number - b.entry.trial.number)
    const useful = ranked.filter(({ rank }) => rank.tier < FAILED)
    this.#folded = end
    if (ranked.length > 1) {
      this.#state.update(
        ranked.map(({ entry }) => entry.point),
        useful.length,
      )
    }
    this.#spent[this.#large ? 'large' : 'small'] += this.#popsize
    if (ranked[0] !== undefined && ranked[0].rank.tier === 0) this.#best.push(ranked[0].rank.value)
    this.#widen()
    if (this.#settings.restartStrategy !== 'none' && this.#isAtRest()) this.#restart()
    return true
  }

  /** True if three generations of trials after `end` have ended. */
  #isLate(end: number): boolean {
    let count = 0
    for (let i = end; i < this.#entries.length; i++) if (this.#entries[i]?.trial.state !== 'running') count += 1
    return count >= 3 * this.#popsize
  }

  #isAtRest(): boolean {
    const { most, least } = this.#state.extent
    const n = this.#members.length
    const span = 10 + Math.ceil((30 * n) / this.#popsize)
    const last = this.#best.slice(-span)
    const flat = last.length >= span && Math.max(...last) - Math.min(...last) <= 1e-12 * Math.abs(last[0] ?? 0)
    return most < 1e-11 || most > 1e7 * least || most > 1e4 || flat || !Number.isFinite(most)
  }

  #restart(): void {
    this.#restarts += 1
    const random = createRandom(this.#seed, 0xc3a, this.#restarts)
    this.#large = this.#settings.restartStrategy !== 'bipop' || this.#spent.large <= this.#spent.small
    const doublings = Math.min(this.#restarts, 9)
    const largest = this.#firstSize * (1 << doublings)
    this.#popsize = this.#large ? largest : Math.max(4, Math.floor(this.#firstSize * (1 + random() * 0.5 * doublings)))
    const sigma = this.#large ? this.#settings.sigma0 : this.#settings.sigma0 * (0.01 + 0.99 * random())
    const mean = Float64Array.from(this.#members, () => random())
    this.#state = new CmaState({ mean, sigma }, this.#settings.separable)
    this.#best = []
    this.#widen()
  }

  /** Widens the draws on grids so that each of the other values keeps a probability of 1 / (dimensions * popsize). */
  #widen(): void {
    const { mean, widening } = this.#state
    const most = -normalQuantile(0.5 / (this.#members.length * this.#popsize))
    for (const [d, { axis }] of this.#members.entries()) {
      if (!Number.isFinite(axis.count)) continue
      const at = Math.min(1, Math.max(0, mean[d] ?? 0.5))
      const cell = axis.cell(at)
      const below = cell > 0 ? at - axis.edge(cell) : Infinity
      const above = cell < axis.count - 1 ? axis.edge(cell + 1) - at : Infinity
      widening[d] = Math.max(1, Math.min(below, above) / (most * Math.max(1e-300, this.#state.deviation(d))))
    }
  }
}

/** Reflects the number at 0 and 1 until it is between them. */
function reflected(x: number): number {
  const folded = Math.abs(x) % 2
  const inside = folded > 1 ? 2 - folded : folded
  return Number.isFinite(inside) ? inside : 0.5
}

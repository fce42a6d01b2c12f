import { type Axis, priorCoordinate } from './axis.ts'
import type { Scalar, Space } from './dimension.ts'
import { createLayout, createPoint, decodePoint, encodeParams, type Layout, type Member } from './layout.ts'
import { type AnyParams, frozenParams, type Params } from './params.ts'
import { createRandom, type Random, randomIndex, randomOrder } from './random.ts'
import { compareValues, type StudyDirection } from './trial.ts'

/** A training run that belongs to a population. */
export interface PopulationMember<P = AnyParams> {
  readonly id: string
  readonly params: P
  /** Its latest result; undefined before the first one, NaN if it diverged. */
  readonly score: number | undefined
  /** The checkpoint that another member could continue from, such as a path; undefined if there is none. */
  readonly checkpoint: string | undefined
}

/** A member's next action: continue unchanged, or load another member's checkpoint and continue with new parameters. */
export type PopulationMove<P = AnyParams> =
  | { readonly kind: 'keep'; readonly id: string }
  | {
      readonly kind: 'exploit'
      readonly id: string
      readonly from: string
      readonly checkpoint: string
      readonly params: P
    }

/** Options for {@link planPopulation}. */
export interface PopulationOptions<S extends Space> {
  readonly space: S
  readonly members: readonly PopulationMember<Params<S>>[]
  /** @defaultValue 'maximize', as scores are */
  readonly direction?: StudyDirection
  /** @defaultValue 0 */
  readonly seed?: number
  /** The number of earlier plans; each has its own random numbers. */
  readonly generation: number
  /**
   * The fraction of members, from the lowest rank up, that copy one of the highest-ranked members. If there are at least two members, at
   * least one copies.
   *
   * @defaultValue 0.2 (Jaderberg et al. 2017)
   */
  readonly truncation?: number
  /**
   * A perturbed number is multiplied by 1 + factor or 1 - factor.
   *
   * @defaultValue 0.2 (Jaderberg et al. 2017)
   */
  readonly factor?: number
  /**
   * The probability that a parameter is redrawn from its prior instead of being perturbed.
   *
   * @defaultValue 0.25
   */
  readonly resample?: number
}

/**
 * Plans each member's next move, in the order of `members`, according to population based training (Jaderberg et al. 2017). It does not
 * carry out anything.
 *
 * Members are ranked by score, with ties in random order; otherwise, two identical workers would tie forever and never learn from each
 * other. Members at the lower end copy members at the upper end, drawn at random among those that have a checkpoint and rank above them,
 * and explore: each number is multiplied by 1 +- factor and kept within its bounds, or resampled. A number that would not change this way
 * (zero, or a small whole number) is moved by one tenth of its range or by one value, up or down. A choice or a branch is always resampled.
 * A member without a score is left unchanged.
 *
 * @throws RangeError for options that are out of bounds, for duplicate ids, and for parameters outside the space.
 */
export function planPopulation<const S extends Space>(options: PopulationOptions<S>): PopulationMove<Params<S>>[] {
  const { members, direction = 'maximize', seed = 0, generation, truncation = 0.2 } = options
  checkOptions(options)
  const layout = createLayout(options.space)
  const points = members.map(({ params }) => encodeParams(layout, params as AnyParams)) // This call checks them.
  const random = createRandom(seed, generation)
  const tieBreak = randomOrder(random, members.length)
  const ranked = members
    .map((member, index) => ({ member, index, score: member.score }))
    .filter((entry): entry is typeof entry & { score: number } => entry.score !== undefined)
    .sort((a, b) => compareValues(a.score, b.score, direction) || (tieBreak[a.index] ?? 0) - (tieBreak[b.index] ?? 0))
  const cut = ranked.length < 2 ? 0 : Math.max(1, Math.floor(truncation * ranked.length))
  const donors = ranked
    .filter(({ member, score }) => member.checkpoint !== undefined && !Number.isNaN(score))
    .slice(0, cut)
  return members.map((member, index): PopulationMove<Params<S>> => {
    const rank = ranked.findIndex((entry) => entry.index === index)
    const above = donors.filter((donor) => ranked.indexOf(donor) < rank)
    const donor = above[randomIndex(random, above.length)]
    const checkpoint = donor?.member.checkpoint
    if (rank < ranked.length - cut || donor === undefined || checkpoint === undefined)
      return { kind: 'keep', id: member.id }
    const params = explore(
      layout,
      points[donor.index] ?? new Float64Array(0),
      donor.member.params as AnyParams,
      options,
      random,
    )
    return { kind: 'exploit', id: member.id, from: donor.member.id, checkpoint, params: params as Params<S> } // Same layout.
  })
}

function checkOptions({
  members,
  truncation = 0.2,
  factor = 0.2,
  resample = 0.25,
  generation,
}: PopulationOptions<Space>): void {
  if (!(truncation > 0 && truncation <= 0.5))
    throw new RangeError(`\`truncation\` must be > 0 and <= 0.5, got ${truncation}`)
  if (!(factor >= 0 && factor < 1)) throw new RangeError(`\`factor\` must be >= 0 and < 1, got ${factor}`)
  if (!(resample >= 0 && resample <= 1)) throw new RangeError(`\`resample\` must be from 0 to 1, got ${resample}`)
  if (!Number.isSafeInteger(generation) || generation < 0) {
    throw new RangeError(`\`generation\` must be a whole number >= 0, got ${generation}`)
  }
  const ids = new Set(members.map((member) => member.id))
  if (ids.size !== members.length) throw new RangeError('`members` must have different ids')
}

function explore(
  layout: Layout,
  donor: Float64Array,
  params: AnyParams,
  options: PopulationOptions<Space>,
  random: Random,
): AnyParams {
  const { factor = 0.2, resample = 0.25 } = options
  const values = new Map(leaves(layout, donor, params))
  const point = createPoint(layout, ({ axis, index }) => {
    const at = donor[index] ?? Number.NaN
    if (Number.isNaN(at) || random() < resample) return priorCoordinate(axis, random())
    if (axis.nominal) return at
    return perturbed(axis, at, values.get(index) ?? axis.value(at), factor, random)
  })
  return frozenParams(decodePoint(layout, point))
}

function perturbed(axis: Axis, at: number, value: Scalar, factor: number, random: Random): number {
  const up = random() < 0.5
  if (typeof value === 'number' && axis.dimension.kind !== 'ordered') {
    const moved = value * (up ? 1 + factor : 1 - factor)
    const { low, high } = boundsOf(axis)
    const next = axis.coordinate(Math.min(high, Math.max(low, moved)))
    if (factor === 0 || axis.value(next) !== value) return next
  }
  return nudged(axis, at, up)
}

/** Moves by one value on a grid, otherwise by a tenth of the range. At the end of the range, it moves in the other direction. */
function nudged(axis: Axis, at: number, up: boolean): number {
  const sign = up ? 1 : -1
  if (axis.unbounded) return at + sign * 0.4
  if (!Number.isFinite(axis.count)) {
    const next = at + sign * 0.1
    return next > 1 || next < 0 ? at - sign * 0.1 : next
  }
  const cell = axis.cell(at) + sign
  const inside = cell < 0 ? 1 : cell >= axis.count ? axis.count - 2 : cell
  const kept = Math.min(axis.count - 1, Math.max(0, inside))
  return (axis.edge(kept) + axis.edge(kept + 1)) / 2
}

function boundsOf({ dimension }: Axis): { low: number; high: number } {
  return dimension.kind === 'float' || dimension.kind === 'int' ? dimension : { low: -Infinity, high: Infinity }
}

/** Returns the value of each existing axis in the parameters. */
function leaves(layout: Layout, point: Float64Array, params: AnyParams): [number, Scalar][] {
  const collect = (members: readonly Member[], part: AnyParams): [number, Scalar][] =>
    members.flatMap(({ name, index, arms }): [number, Scalar][] => {
      const value = part[name]
      const arm = arms[point[index] ?? -1]
      if (typeof value === 'object' && value !== null) return arm === undefined ? [] : collect(arm.members, value)
      return value === undefined ? [] : [[index, value]]
    })
  return collect(layout.root.members, params)
}

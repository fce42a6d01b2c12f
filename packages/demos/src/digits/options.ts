import { checkOptions, type OptionKeys } from '@hotcb/protocol'
import { DEFAULT_BETAS } from './adam.ts'
import type { Batch } from './batches.ts'
import type { LossTerm, ValuesOf } from './loss-terms.ts'
import type { Model } from './model.ts'
import type { OptimizerKind } from './optimizer.ts'
import { DEFAULT_MOMENTUM } from './sgd.ts'

/** The initial options of a trainer. All except seed, batch size and layers can be changed while it trains. */
export interface TrainerOptions<Term extends string> {
  /** Determines initial weights and batches. @defaultValue 0 */
  readonly seed?: number
  /** @defaultValue 'sgd' */
  readonly optimizer?: OptimizerKind
  /** Images per step, 1 to 1,437. @defaultValue 32 */
  readonly batchSize?: number
  /** Units of each hidden layer, at least one layer. @defaultValue [64, 32] */
  readonly hidden?: readonly number[]
  /** Learning rate of every group. @defaultValue 0.05 for SGD, 0.002 for Adam */
  readonly lr?: number
  /** @defaultValue 0 */
  readonly weightDecay?: number
  /** @defaultValue 0, which is off */
  readonly clipNorm?: number
  /** SGD only. @defaultValue 0.9 */
  readonly momentum?: number
  /** Adam only. @defaultValue [0.9, 0.999] */
  readonly betas?: readonly [number, number]
  /** Initial weights of loss terms. Default: for the digits `cross_entropy` 1, the others 0. */
  readonly lossWeights?: Readonly<Partial<ValuesOf<Term>>>
  /**
   * Changes a batch before it is trained on, to study the effect of bad data. `place` counts the batches in order, regardless of skipped
   * data.
   */
  readonly onBatch?: (batch: Batch, place: number) => Batch
}

/** The initial options of a digits trainer. */
export type DigitsTrainerOptions = TrainerOptions<LossTerm>

const KEYS: OptionKeys<DigitsTrainerOptions> = {
  seed: true,
  optimizer: true,
  batchSize: true,
  hidden: true,
  lr: true,
  weightDecay: true,
  clipNorm: true,
  momentum: true,
  betas: true,
  lossWeights: true,
  onBatch: true,
}

/** Options with all defaults filled in. */
export interface ResolvedOptions<Term extends string = LossTerm> {
  readonly seed: number
  readonly optimizer: OptimizerKind
  readonly batchSize: number
  readonly hidden: readonly number[]
  readonly lr: number
  readonly weightDecay: number
  readonly clipNorm: number
  readonly momentum: number
  readonly betas: readonly [number, number]
  readonly lossWeights: Readonly<ValuesOf<Term>>
}

/** Images per step. */
export const DEFAULT_BATCH_SIZE = 32

const DEFAULT_LR: { readonly [kind in OptimizerKind]: number } = { sgd: 0.05, adam: 0.002 }

/**
 * Fills in the defaults and checks every value.
 *
 * @throws RangeError with the option, the value and what would be valid; TypeError for an unknown option.
 */
export function resolveOptions<Term extends string>(
  { lossWeights }: Pick<Model<Term>, 'lossWeights'>,
  options: TrainerOptions<Term>,
  trainRows: number,
): ResolvedOptions<Term> {
  checkOptions('createDigitsTrainer', options, KEYS)
  const optimizer = options.optimizer ?? 'sgd'
  if (!Object.hasOwn(DEFAULT_LR, optimizer)) {
    throw new RangeError(`\`optimizer\` must be sgd or adam, got ${String(optimizer)}`)
  }
  const resolved: ResolvedOptions<Term> = {
    seed: options.seed ?? 0,
    optimizer,
    batchSize: options.batchSize ?? DEFAULT_BATCH_SIZE,
    hidden: [...(options.hidden ?? [64, 32])],
    lr: options.lr ?? DEFAULT_LR[optimizer],
    weightDecay: options.weightDecay ?? 0,
    clipNorm: options.clipNorm ?? 0,
    momentum: options.momentum ?? DEFAULT_MOMENTUM,
    betas: options.betas ?? DEFAULT_BETAS,
    lossWeights: { ...lossWeights, ...options.lossWeights },
  }
  check(resolved, trainRows, Object.keys(lossWeights))
  return resolved
}

function check(resolved: ResolvedOptions<string>, trainRows: number, terms: readonly string[]): void {
  whole('seed', resolved.seed, 0, Number.MAX_SAFE_INTEGER)
  whole('batchSize', resolved.batchSize, 1, trainRows)
  if (resolved.hidden.length === 0) throw new RangeError('`hidden` must name at least one layer, got []')
  for (const units of resolved.hidden) whole('hidden', units, 1, 4096)
  for (const name of ['lr', 'weightDecay', 'clipNorm'] as const) notNegative(name, resolved[name])
  belowOne('momentum', resolved.momentum)
  for (const beta of resolved.betas) belowOne('betas', beta)
  for (const [term, weight] of Object.entries(resolved.lossWeights)) {
    if (!terms.includes(term)) throw new RangeError(`\`lossWeights\` accepts ${terms.join(', ')}, got \`${term}\``)
    notNegative(`lossWeights.${term}`, weight)
  }
}

function whole(name: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RangeError(`\`${name}\` must be a whole number from ${least} to ${most}, got ${value}`)
  }
}

function notNegative(name: string, value: number): void {
  if (!Number.isFinite(value) || value < 0) throw new RangeError(`\`${name}\` must be a number >= 0, got ${value}`)
}

function belowOne(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new RangeError(`\`${name}\` must be >= 0 and < 1, got ${value}`)
}

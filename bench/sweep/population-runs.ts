import { createDigitsTrainer, type DigitsTrainer, type OptimizerKind } from '../../packages/demos/src/index.ts'
import { planSearch, readConfig } from '../../packages/sweep/src/index.ts'
import { type Member, planExploits } from '../../packages/sweep/src/planners/population.ts'
import { float, numberOf, type Value } from '../../packages/sweep/src/value.ts'

/** How the digits are trained. */
export interface Training {
  readonly optimizer: OptimizerKind
  /** The seed of the weights and of the data. */
  readonly seed: number
  readonly steps: number
}

/** Learning rates, each from a step on. */
export type Schedule = readonly (readonly [step: number, rate: number])[]

/** A training run from its first step to its last, and how it ended. */
export interface Course {
  readonly schedule: Schedule
  /** Cross entropy on the test images. */
  readonly loss: number
  readonly accuracy: number
  /** SHA-256 of the weights. */
  readonly weights: string
}

export async function trainConstant({ rate, ...training }: Training & { readonly rate: number }): Promise<Course> {
  return trainSchedule({ ...training, schedule: [[0, rate]] })
}

export async function trainSchedule({
  schedule,
  steps,
  seed,
  optimizer,
}: Training & { readonly schedule: Schedule }): Promise<Course> {
  const trainer = await createDigitsTrainer({ seed, optimizer })
  const rates = new Map(schedule)
  for (let step = 0; step < steps; step++) {
    const rate = rates.get(step)
    if (rate !== undefined) setRate(trainer, rate)
    trainer.trainStep(step)
  }
  return ended(trainer, schedule)
}

interface PopulationTraining extends Training {
  readonly members: number
  readonly low: number
  readonly high: number
  readonly interval: number
}

interface Trained {
  readonly trainer: DigitsTrainer
  schedule: Schedule
  rate: number
}

/**
 * Trains the population that `herd run` would train, with the same planner, in lockstep: all members reach a boundary, and then
 * all are judged at once. The first rates are those that the sweep draws.
 */
export async function trainPopulation(given: PopulationTraining): Promise<readonly Course[]> {
  const { steps, seed, optimizer, interval, members: count, low, high } = given
  const config = configOf({ low, high, count, seed, interval })
  const trained = await Promise.all(
    firstRates(config).map(async (rate): Promise<Trained> => {
      return { trainer: await createDigitsTrainer({ optimizer, seed }), rate, schedule: [[0, rate]] }
    }),
  )
  for (const one of trained) setRate(one.trainer, one.rate)
  let generation = 0
  for (let step = 0; step < steps; step++) {
    for (const { trainer } of trained) trainer.trainStep(step)
    const next = step + 1
    if (next % interval !== 0 || next >= steps) continue
    generation += exploit(trained, config, next, generation)
  }
  return trained.map(({ trainer, schedule }) => ended(trainer, schedule))
}

type PopulationConfig = ReturnType<typeof configOf>

function configOf({ low, high, count, seed, interval }: Readonly<Record<string, number>>) {
  const reading = readConfig(
    [
      'name: population',
      'launcher: ./launch.sh',
      `parameters: {lr: {type: continuous, low: ${low}, high: ${high}, scale: log}}`,
      `search: {method: pbt, trials: ${count}, seed: ${seed}}`,
      `population: {interval: ${interval}}`,
      'objective: {metric: val_loss, direction: min}',
    ].join('\n'),
  )
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  const { search, population, objective, parameters } = reading.config
  if (search === null || population === null || objective === null) throw new Error('no population')
  return { config: reading.config, search, population, objective, parameters }
}

function firstRates({ config, search }: PopulationConfig): readonly number[] {
  const planned = planSearch(config, search, [])
  if (!planned.ok) throw new Error(planned.message)
  return planned.value.map(({ params }) => rateOf(params[0]?.[1]))
}

/** Judges all members at a boundary. Returns the number of decisions. */
function exploit(trained: readonly Trained[], config: PopulationConfig, step: number, generation: number): number {
  const { population, parameters, objective, search } = config
  const members = trained.map(({ trainer, rate }, i): Member => {
    const reached = { step, score: trainer.evaluate().loss, tag: `pbt-${step}` }
    return { i, values: [float(rate)], reached, mayMove: true }
  })
  const actions = planExploits(members, {
    population,
    parameters,
    objective,
    seed: search.seed,
    generation,
    isDecided: () => false,
    allow: (values) => values,
  })
  // The states before any move, because a donor may itself be replaced.
  const states = trained.map(({ trainer, schedule }) => ({ snapshot: trainer.snapshot(), schedule }))
  for (const { trial, move } of actions) {
    const own = trained[trial]
    const donor = move.kind === 'exploit' ? states[move.from] : undefined
    if (move.kind !== 'exploit' || own === undefined || donor === undefined) continue
    const rate = rateOf(move.values[0])
    own.trainer.restore(donor.snapshot)
    own.schedule = [...donor.schedule, [step, rate]]
    own.rate = rate
    setRate(own.trainer, rate)
  }
  return actions.length
}

function rateOf(value: Value | undefined): number {
  return value === undefined ? Number.NaN : (numberOf(value) ?? Number.NaN)
}

function setRate({ optimizer }: DigitsTrainer, rate: number): void {
  for (const group of optimizer.paramGroups) group.lr = rate
}

function ended(trainer: DigitsTrainer, schedule: Schedule): Course {
  const { loss, accuracy } = trainer.evaluate()
  const course = { schedule, loss, accuracy, weights: trainer.weightsSha256() }
  trainer.dispose()
  return course
}

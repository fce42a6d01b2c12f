import type { Objective, Parameter, Population, Search, Seeds } from './config.ts'
import type { Field, FieldReader } from './field-reader.ts'
import { optional } from './optional.ts'
import { requireField } from './read-parameters.ts'

/** Reads `population`. Every parameter sets one of the training run's controls: without `controls`, the control with the same name. */
export function readPopulation(
  reader: FieldReader,
  field: Field | undefined,
  parameters: readonly Parameter[],
): Population | null {
  const known = ['interval', 'truncation', 'factor', 'resample', 'controls']
  const fields = field === undefined ? undefined : reader.fields(field, known)
  if (field === undefined || fields === undefined) return null
  const steps = requireField(reader, field, fields, 'interval', 'the number of steps between two decisions')
  const interval = reader.number(steps, { whole: true, least: 1, example: '500' })
  const truncation = reader.number(optional(fields, 'truncation'), { above: 0, most: 0.5, example: '0.2' }) ?? 0.2
  const factor = reader.number(optional(fields, 'factor'), { above: 0, most: 0.99, example: '0.2' }) ?? 0.2
  const resample = reader.number(optional(fields, 'resample'), { least: 0, most: 1, example: '0.25' }) ?? 0.25
  const controls = readControls(reader, optional(fields, 'controls'), parameters)
  return interval === undefined ? null : { interval, truncation, factor, resample, controls }
}

function readControls(
  reader: FieldReader,
  field: Field | undefined,
  parameters: readonly Parameter[],
): Population['controls'] {
  const names = parameters.map(({ name }) => name)
  const given = field === undefined ? undefined : reader.fields(field, names)
  return Object.fromEntries(
    names.map((name) => [name, given === undefined ? name : (reader.filledText(optional(given, name)) ?? name)]),
  )
}

interface Around {
  readonly search: Search | null
  readonly objective: Objective | null
  readonly seeds: Seeds | null
  readonly halving: Field | undefined
}

/** Checks that `population` and `search: {method: pbt}` are used together. */
export function checkPopulation(
  reader: FieldReader,
  search: Field | undefined,
  population: Field | undefined,
  { search: read, objective, seeds, halving }: Around,
): void {
  const isPbt = read?.method === 'pbt'
  if (population !== undefined && !isPbt) {
    reader.tell(population.node.place, population.path, 'is only allowed with `search: {method: pbt, trials: N}`')
  }
  if (!isPbt || search === undefined) return
  const tell = (problem: string): void => {
    reader.tell(search.node.place, search.path, problem)
  }
  if (population === undefined)
    tell('pbt needs `population`: {interval: 500}, the number of steps between two decisions')
  if (objective === null) tell('pbt needs `objective`: {metric: val_loss, direction: min}')
  if (read.trials < 2) tell(`a population of ${read.trials} is too small; set \`trials\` to at least 2`)
  if (seeds !== null) tell('pbt cannot use `seeds`, because all trials of a population share one seed; remove `seeds`')
  if (halving !== undefined) tell('pbt cannot be combined with `successive_halving`; remove one')
}

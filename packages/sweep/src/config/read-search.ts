import { int, str, type Value } from '../value.ts'
import {
  HALVING_MODES,
  type Halving,
  type HalvingMode,
  type Objective,
  type Parameter,
  SEARCH_METHODS,
  type Search,
  type Seeds,
} from './config.ts'
import type { Field, FieldReader } from './field-reader.ts'
import { optional } from './optional.ts'
import { requireField } from './read-parameters.ts'

const COUNT = { whole: true, least: 1, most: 1_000_000 } as const

export function readSearch(reader: FieldReader, field: Field | undefined): Search | null {
  const known = ['method', 'trials', 'seed', 'parallel', 'startup']
  const fields = field === undefined ? undefined : reader.fields(field, known)
  if (field === undefined || fields === undefined) return null
  const needed = requireField(reader, field, fields, 'method', 'random, sobol, tpe, cmaes, auto or pbt')
  const method = reader.oneOf(needed, SEARCH_METHODS)
  const trials = reader.number(requireField(reader, field, fields, 'trials', 'the number of trials'), {
    ...COUNT,
    example: '50',
  })
  const seed = reader.number(optional(fields, 'seed'), { whole: true, least: 0, example: '0' }) ?? 0
  const parallel = reader.number(optional(fields, 'parallel'), { ...COUNT, example: '4' })
  const startup = reader.number(optional(fields, 'startup'), { ...COUNT, example: '10' }) ?? null
  if (method === undefined || trials === undefined) return null
  if (startup !== null && method !== 'tpe') {
    const place = optional(fields, 'startup')?.node.place ?? field.node.place
    reader.tell(
      place,
      `${field.path}.startup`,
      `${method} has no \`startup\`, which is the number of trials before tpe uses its model`,
    )
  }
  return { method, trials, seed, parallel: parallel ?? 4, startup }
}

export function readHalving(reader: FieldReader, field: Field | undefined): Halving | null {
  const known = ['metric', 'direction', 'min_steps', 'budget', 'eta', 'mode', 'smooth', 'startup', 'interval']
  const fields = field === undefined ? undefined : reader.fields(field, known)
  if (field === undefined || fields === undefined) return null
  const metric = reader.filledText(requireField(reader, field, fields, 'metric', 'the name of the metric'))
  const direction = reader.oneOf(requireField(reader, field, fields, 'direction', 'min or max'), ['min', 'max'])
  const least = requireField(reader, field, fields, 'min_steps', 'the number of steps at the first rung')
  const minSteps = reader.number(least, { whole: true, least: 1, example: '100' })
  const most = requireField(reader, field, fields, 'budget', 'the number of steps in a whole training run')
  const budget = reader.number(most, { whole: true, least: 1, example: '1000' })
  const eta = reader.number(optional(fields, 'eta'), { whole: true, least: 2, example: '2' }) ?? 2
  const mode = reader.oneOf(optional(fields, 'mode'), HALVING_MODES) ?? 'sync'
  const smooth = reader.number(optional(fields, 'smooth'), { ...COUNT, example: '1' }) ?? 1
  const startup = reader.number(optional(fields, 'startup'), { ...COUNT, example: '5' }) ?? 5
  const interval = reader.number(optional(fields, 'interval'), { ...COUNT, example: '100' }) ?? minSteps
  checkMode(reader, fields, mode)
  if (metric === undefined || direction === undefined || minSteps === undefined || budget === undefined) return null
  if (interval === undefined) return null
  if (budget < minSteps && most !== undefined) {
    reader.tell(most.node.place, most.path, `${budget} is below \`min_steps\`, which is ${minSteps}`)
  }
  return { metric, direction, minSteps, budget, eta, mode, smooth, startup, interval }
}

/** Reports fields that the mode would ignore because they belong to another mode. */
function checkMode(reader: FieldReader, fields: ReadonlyMap<string, Field>, mode: HalvingMode): void {
  const foreign = mode === 'median' ? ['eta', 'smooth'] : ['startup', 'interval']
  for (const name of foreign) {
    const field = optional(fields, name)
    const why =
      mode === 'median'
        ? 'mode median compares a trial with the median of the other trials'
        : 'it is only used in `mode: median`'
    if (field !== undefined) reader.tell(field.node.place, field.path, `${why}; remove it`)
  }
}

/** Reads the objective. It defaults to the metric of `successive_halving`. */
export function readObjective(
  reader: FieldReader,
  field: Field | undefined,
  halving: Halving | null,
): Objective | null {
  const fields = field === undefined ? undefined : reader.fields(field, ['metric', 'direction', 'value'])
  if (field === undefined || fields === undefined) {
    return halving === null ? null : { metric: halving.metric, direction: halving.direction, value: 'last' }
  }
  const metric = reader.filledText(requireField(reader, field, fields, 'metric', 'the name of the metric'))
  const direction = reader.oneOf(requireField(reader, field, fields, 'direction', 'min or max'), ['min', 'max'])
  const value = reader.oneOf(optional(fields, 'value'), ['last', 'best']) ?? 'last'
  return metric === undefined || direction === undefined ? null : { metric, direction, value }
}

export function readSeeds(
  reader: FieldReader,
  field: Field | undefined,
  parameters: readonly Parameter[],
): Seeds | null {
  const fields = field === undefined ? undefined : reader.fields(field, ['values', 'count', 'param', 'aggregate'])
  if (field === undefined || fields === undefined) return null
  const [given, count] = [optional(fields, 'values'), optional(fields, 'count')]
  if ((given === undefined) === (count === undefined)) {
    return reader.tell(field.node.place, field.path, 'use either `values` or `count`') ?? null
  }
  const values = given === undefined ? countedSeeds(reader, count) : seedValues(reader, given)
  const param = reader.text(optional(fields, 'param')) ?? 'seed'
  const aggregate = reader.oneOf(optional(fields, 'aggregate'), ['mean', 'median', 'min', 'max']) ?? 'mean'
  if (parameters.some(({ name }) => name === param)) {
    reader.tell(field.node.place, field.path, `${param} is already a parameter; choose a different name with \`param\``)
  }
  return values === undefined ? null : { param, values, aggregate }
}

function countedSeeds(reader: FieldReader, count: Field | undefined): readonly Value[] | undefined {
  const number = reader.number(count, { whole: true, least: 1, most: 10_000, example: '3' })
  return number === undefined ? undefined : Array.from({ length: number }, (_, seed) => int(seed))
}

function seedValues(reader: FieldReader, field: Field): readonly Value[] | undefined {
  const values = reader.list(field)?.map((item) => reader.value(item))
  if (values?.length === 0) return reader.tell(field.node.place, field.path, 'the list is empty; add at least one seed')
  return values?.every((value) => value !== undefined) ? values : undefined
}

/** Returns the parameter that `seeds` adds. It comes last, so that it varies fastest. */
export function seedParameter({ param, values }: Seeds): Parameter {
  const first = values[0] ?? str('')
  return { kind: 'discrete', name: param, abbrev: param, default: first, values, labels: null, isOrdered: false }
}

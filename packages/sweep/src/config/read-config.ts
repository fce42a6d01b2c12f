import { nearest } from '@hotcb/protocol'
import { readYamlTree } from '@hotcb/protocol/yaml'
import { EXECUTORS, type ExecutorName, type GridMode, type Parameter, type SweepConfig } from './config.ts'
import { createFieldReader, type Field, type FieldReader } from './field-reader.ts'
import { isModelSearch } from './model-methods.ts'
import { optional } from './optional.ts'
import type { ConfigProblem } from './problem.ts'
import { readBudget } from './read-budget.ts'
import { readConditions } from './read-conditions.ts'
import { readGridEngine } from './read-gridengine.ts'
import { readParameters, requireField } from './read-parameters.ts'
import { checkPopulation, readPopulation } from './read-population.ts'
import { readLocal, readRetries, readSlurm } from './read-resources.ts'
import { readHalving, readObjective, readSearch, readSeeds, seedParameter } from './read-search.ts'
import { type ConfigKind, readStages } from './read-stages.ts'

/** A config or all of its problems, and the warnings. */
export type ConfigReading =
  | { readonly ok: true; readonly config: SweepConfig; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

const TOP = [
  'name',
  'grid',
  'launcher',
  'executor',
  'slurm',
  'gridengine',
  'local',
  'static_overrides',
  'hydra',
  'parameters',
  'conditions',
  'constraints',
  'seeds',
  'objective',
  'search',
  'successive_halving',
  'population',
  'prune_grace_seconds',
  'retries',
  'budget',
  'stages',
  // Fields that only the monitor reads.
  'monitor',
  'discord',
  'mcp_servers',
]

/** Reads `hyperherd.yaml`. All problems are collected. */
export function readConfig(text: string): ConfigReading {
  const tree = readYamlTree(text)
  const start = { line: 1, column: 1 }
  if (!tree.ok) return refusedAt(tree.place, tree.reason)
  if (tree.value === null)
    return refusedAt(start, 'the file is empty; run `herd init` to create a config to start from')
  const reader = createFieldReader()
  const config = readTop(reader, { node: tree.value, path: '' })
  const told = distinct(reader.problems)
  const problems = told.filter(({ isWarning }) => !isWarning).sort(byPlace)
  if (problems.length > 0 || config === undefined) return { ok: false, problems }
  return { ok: true, config, warnings: told }
}

/** Removes duplicate problems: each stage that inherits a field from the top level reads it again. */
function distinct(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const byText = new Map(
    problems.map((one) => [`${one.place.line}:${one.place.column} ${one.field} ${one.message}`, one]),
  )
  return [...byText.values()]
}

function byPlace({ place: a }: ConfigProblem, { place: b }: ConfigProblem): number {
  return a.line - b.line || a.column - b.column
}

function refusedAt(place: ConfigProblem['place'], message: string): ConfigReading {
  return { ok: false, problems: [{ place, field: '', message, isWarning: false }] }
}

function readTop(reader: FieldReader, top: Field): SweepConfig | undefined {
  const fields = reader.fields(top, TOP)
  if (fields === undefined) return undefined
  const given = optional(fields, 'stages')
  if (given === undefined) return readFields(reader, top, fields, 'sweep')
  const stages = readStages(reader, given, fields, (field, merged, kind) => readFields(reader, field, merged, kind))
  return { ...readFields(reader, top, fields, 'frame'), stages }
}

function readFields(
  reader: FieldReader,
  top: Field,
  fields: ReadonlyMap<string, Field>,
  kind: ConfigKind,
): SweepConfig {
  const slurm = readSlurm(reader, optional(fields, 'slurm'))
  const gridEngine = readGridEngine(reader, optional(fields, 'gridengine'))
  const halving = readHalving(reader, optional(fields, 'successive_halving'))
  const objective = readObjective(reader, optional(fields, 'objective'), halving)
  const retries = readRetries(reader, optional(fields, 'retries'))
  if (slurm?.onLimit === 'requeue' && retries.byClass.timeout === 0) {
    const { place } = optional(fields, 'slurm')?.node ?? top.node
    reader.tell(
      place,
      'slurm.on_limit',
      '`requeue` also needs `retries: {timeout: N}`, the maximum number of times that a task is requeued',
    )
  }
  const space = readSpace(reader, top, fields, { kind, objective })
  return {
    name: readName(reader, requireField(reader, top, fields, 'name', 'the name of the sweep')),
    launcher: readLauncher(reader, top, fields, kind),
    executor: readExecutor(reader, optional(fields, 'executor'), { slurm, gridengine: gridEngine }),
    slurm,
    gridEngine,
    local: withMembers(readLocal(reader, optional(fields, 'local')), space.search),
    staticOverrides: readStatics(reader, fields),
    ...space,
    objective,
    halving,
    pruneGraceSeconds: reader.number(optional(fields, 'prune_grace_seconds'), { whole: true, least: 0 }) ?? 600,
    retries,
    budget: readBudget(reader, optional(fields, 'budget')),
    stages: [],
  }
}

/** Lets all trials of a population run at once, because they train at the same time. */
function withMembers(local: SweepConfig['local'], search: SweepConfig['search']): SweepConfig['local'] {
  const most = search?.method === 'pbt' ? search.trials : null
  return { ...local, maxConcurrent: local.maxConcurrent ?? most }
}

function readLauncher(reader: FieldReader, top: Field, fields: ReadonlyMap<string, Field>, kind: ConfigKind): string {
  // The top level needs no launcher here: each stage requires one.
  if (kind === 'frame') return reader.filledText(optional(fields, 'launcher')) ?? ''
  const field = requireField(reader, top, fields, 'launcher', 'the training script, such as ./launch.sh')
  return reader.filledText(field) ?? ''
}

type Space = Pick<SweepConfig, 'population' | 'parameters' | 'grid' | 'search' | 'seeds' | 'conditions'>

const NO_SEARCH = { search: null, population: null, seeds: null }
const NO_SPACE: Space = { parameters: [], grid: { kind: 'all' }, ...NO_SEARCH, conditions: [] }

/** Reads the parameters, and the fields about them. */
function readSpace(
  reader: FieldReader,
  top: Field,
  fields: ReadonlyMap<string, Field>,
  { kind, objective }: { readonly kind: ConfigKind; readonly objective: SweepConfig['objective'] },
): Space {
  if (kind === 'frame') return NO_SPACE
  const given = optional(fields, 'parameters')
  const isOne = kind === 'child' && given === undefined
  const field = isOne ? given : requireField(reader, top, fields, 'parameters', 'the parameters to vary')
  const parameters = readParameters(reader, field)
  const seeds = readSeeds(reader, optional(fields, 'seeds'), parameters)
  const all = seeds === null ? parameters : [...parameters, seedParameter(seeds)]
  const search = readSearch(reader, optional(fields, 'search'))
  const grid = readGrid(reader, optional(fields, 'grid'), parameters)
  checkSearch(reader, top, fields, { search, objective, parameters, grid })
  const population = readPopulation(reader, optional(fields, 'population'), parameters)
  checkPopulation(reader, optional(fields, 'search'), optional(fields, 'population'), {
    search,
    objective,
    seeds,
    halving: optional(fields, 'successive_halving'),
  })
  const conditions = readConditions(reader, optional(fields, 'conditions') ?? optional(fields, 'constraints'), all)
  return { parameters: all, grid, search, population, seeds, conditions }
}

function readName(reader: FieldReader, field: Field | undefined): string {
  const name = reader.text(field)
  if (field === undefined || name === undefined) return ''
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) {
    const remedy = 'use 1 to 64 letters, digits, dots, dashes or underscores'
    reader.tell(field.node.place, field.path, `${JSON.stringify(name)} cannot be part of a file name; ${remedy}`)
  }
  return name
}

function readGrid(reader: FieldReader, field: Field | undefined, parameters: readonly Parameter[]): GridMode {
  if (field === undefined) return { kind: 'one-at-a-time' }
  if (field.node.kind === 'scalar' && field.node.text === 'all') return { kind: 'all' }
  if (field.node.kind !== 'list') {
    const text = field.node.kind === 'scalar' ? `"${field.node.text}"` : 'a mapping'
    reader.tell(field.node.place, field.path, `${text} is not a grid; use all, or a list of parameters such as [lr]`)
    return { kind: 'all' }
  }
  const known = parameters.map(({ name }) => name)
  const names: string[] = []
  for (const item of reader.list(field) ?? []) {
    const name = reader.text(item)
    if (name === undefined) continue
    const hint = hintFor(name, known)
    if (!known.includes(name)) reader.tell(item.node.place, item.path, `no parameter "${name}"; ${hint}`)
    else if (names.includes(name)) reader.tell(item.node.place, item.path, `${name} is listed twice; remove one`)
    names.push(name)
  }
  if (field.node.items.length === 0) reader.tell(field.node.place, field.path, 'is empty; name a parameter, or use all')
  return { kind: 'some', names }
}

function hintFor(name: string, known: readonly string[]): string {
  if (known.length === 0) return 'there are no `parameters`'
  const [near] = nearest(name, known, 1)
  return near === undefined ? `choose from ${known.join(', ')}` : `did you mean \`${near}\`?`
}

/** Reads the executor. The default is the scheduler that has a block in the config; SLURM if both have one. */
function readExecutor(
  reader: FieldReader,
  field: Field | undefined,
  blocks: Readonly<Record<'slurm' | 'gridengine', object | null>>,
): ExecutorName {
  const executor = reader.oneOf(field, EXECUTORS)
  if (executor !== undefined && executor !== 'local' && blocks[executor] === null && field !== undefined) {
    const block = executor === 'slurm' ? '`slurm` block with a partition' : '`gridengine` block, which may be empty: {}'
    reader.tell(field.node.place, field.path, `${executor} needs a ${block}`)
  }
  if (executor !== undefined) return executor
  if (blocks.slurm !== null) return 'slurm'
  return blocks.gridengine === null ? 'local' : 'gridengine'
}

function readStatics(reader: FieldReader, fields: ReadonlyMap<string, Field>): readonly string[] {
  const own = optional(fields, 'static_overrides')
  const legacy = optional(fields, 'hydra')
  const inner = legacy === undefined ? undefined : reader.fields(legacy, ['static_overrides'])
  const field = own ?? (inner === undefined ? undefined : optional(inner, 'static_overrides'))
  return reader.texts(field) ?? []
}

interface Searched {
  readonly search: SweepConfig['search']
  readonly objective: SweepConfig['objective']
  readonly parameters: readonly Parameter[]
  readonly grid: GridMode
}

function checkSearch(
  reader: FieldReader,
  top: Field,
  fields: ReadonlyMap<string, Field>,
  { search, objective, parameters, grid }: Searched,
): void {
  const field = optional(fields, 'search')
  const gridField = optional(fields, 'grid')
  if (search !== null && field !== undefined) {
    const { place } = field.node
    if (parameters.length === 0 && optional(fields, 'parameters') === undefined) {
      reader.tell(place, field.path, 'the stage has no `parameters` to search')
    }
    if (gridField !== undefined) reader.tell(place, field.path, '`grid` and `search` cannot be combined; remove one')
    if (objective === null && isModelSearch({ search })) {
      reader.tell(place, field.path, `${search.method} needs \`objective\`: {metric: val_loss, direction: min}`)
    }
    return
  }
  // A sweep whose `search` has problems must not be read as a grid.
  if (field !== undefined) return
  const unlisted = parameters.find(({ kind }) => kind === 'normal')
  if (unlisted !== undefined) {
    reader.tell(
      top.node.place,
      `parameters.${unlisted.name}`,
      'a parameter of type normal cannot be in a grid; use `search`',
    )
  }
  requireDefaults(reader, fields, parameters, grid)
}

function requireDefaults(
  reader: FieldReader,
  fields: ReadonlyMap<string, Field>,
  parameters: readonly Parameter[],
  grid: GridMode,
): void {
  const isUnknown = (one: string): boolean => !parameters.some(({ name }) => name === one)
  // An unknown name has already been reported; it is probably a misspelled parameter.
  if (grid.kind === 'all' || (grid.kind === 'some' && grid.names.some(isUnknown))) return
  const held = parameters.filter(({ name }) => grid.kind === 'one-at-a-time' || !grid.names.includes(name))
  const node = optional(fields, 'parameters')?.node
  for (const { name, default: value } of held) {
    if (value !== null || node?.kind !== 'map') continue
    const place = node.entries.find(({ key }) => key.text === name)?.key.place ?? node.place
    const why = grid.kind === 'some' ? 'it is not in the grid' : 'without `grid`, one parameter varies at a time'
    reader.tell(place, `parameters.${name}.default`, `missing: ${why}; add a default, or set grid: all`)
  }
}

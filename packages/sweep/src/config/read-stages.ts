import { nearest } from '@hotcb/protocol'
import type { YamlEntry } from '@hotcb/protocol/yaml'
import type { Stage, SweepConfig, Take } from './config.ts'
import type { Field, FieldReader } from './field-reader.ts'
import { isModelSearch } from './model-methods.ts'
import { optional } from './optional.ts'

type Fields = ReadonlyMap<string, Field>

/** The fields that describe a stage's parameters. They are inherited only as a group. */
const ABOUT_PARAMETERS = ['parameters', 'grid', 'search', 'population', 'conditions', 'constraints', 'seeds'] as const

const OWN = ['after', 'take', 'inherit', 'native'] as const

const KNOWN = [
  ...OWN,
  ...ABOUT_PARAMETERS,
  'launcher',
  'slurm',
  'static_overrides',
  'objective',
  'successive_halving',
] as const

/**
 * The kind of config: `sweep` for a whole sweep or a stage that needs the same fields; `child` for a stage that follows another one and
 * needs no parameters; `frame` for the top level above stages, which has no parameters.
 */
export type ConfigKind = 'sweep' | 'child' | 'frame'

/** Reads a stage's config from its own fields and those of the top level. */
export type ReadStageConfig = (field: Field, merged: Fields, kind: ConfigKind) => SweepConfig

/**
 * Returns the stages in file order: a stage comes after the one that it follows. A stage inherits missing fields from the top level. It
 * inherits the fields that describe parameters only as a group, and only if it follows no other stage.
 */
export function readStages(reader: FieldReader, field: Field, top: Fields, read: ReadStageConfig): readonly Stage[] {
  const entries = reader.entries(field)
  if (entries === undefined) return []
  if (entries.length === 0) reader.tell(field.node.place, field.path, 'there are no stages; at least one is required')
  const stages: Stage[] = []
  const before = reader.problems.length
  const all = entries.map(({ key }) => key.text)
  for (const entry of entries) {
    const stage = readStage(reader, entry, { top, stages, all, read, path: field.path })
    if (stage !== undefined) stages.push(stage)
  }
  // If a stage has a problem, the fields that it inherits are unknown.
  if (reader.problems.length === before) tellUnused(reader, top, entries)
  return stages
}

interface Context {
  readonly top: Fields
  /** The stages above this one. */
  readonly stages: readonly Stage[]
  /** The names of all stages. */
  readonly all: readonly string[]
  readonly read: ReadStageConfig
  readonly path: string
}

function readStage(
  reader: FieldReader,
  { key, value }: YamlEntry,
  { top, stages, all, read, path }: Context,
): Stage | undefined {
  const name = key.text
  const field = { node: value, path: `${path}.${name}` }
  if (!/^[A-Za-z][A-Za-z0-9._-]{0,31}$/.test(name)) {
    reader.tell(
      key.place,
      field.path,
      'a stage name is a letter followed by up to 31 letters, digits, dots, dashes or underscores',
    )
  }
  const fields = isEmpty(field) ? new Map<string, Field>() : ownFields(reader, field)
  if (fields === undefined) return undefined
  const after = readAfter(reader, optional(fields, 'after'), { stages, all })
  const kind = optional(fields, 'after') === undefined ? 'sweep' : 'child'
  const take = readTake(reader, optional(fields, 'take'), kind)
  const parent = stages.find((one) => one.name === after)
  const taken = optional(fields, 'take')
  if (take.kind === 'best' && taken !== undefined && parent?.config.objective === null) {
    const remedy = 'add `objective: {metric: val_loss, direction: min}` there, or at the top level'
    reader.tell(taken.node.place, taken.path, `${after} has no \`objective\` to rank them by; ${remedy}`)
  }
  checkParent(reader, optional(fields, 'after'), take, parent)
  const inherit = optional(fields, 'inherit')
  if (inherit !== undefined && kind === 'sweep') needsAfter(reader, inherit)
  const inherits = reader.oneOf(inherit, ['true', 'false']) !== 'false'
  const config = read(field, merged(top, fields, field), kind)
  const native = optional(fields, 'native')
  const isNative = reader.oneOf(native, ['true', 'false']) === 'true'
  if (native !== undefined && kind === 'sweep') needsAfter(reader, native)
  const why = isNative ? notNative(take, config, parent) : null
  if (native !== undefined && why !== null) reader.tell(native.node.place, native.path, why)
  return { name, after, take, inherits, isNative, config }
}

/**
 * Checks the parent stage. A trial that is never promoted stays paused, so a stage that waits for all trials to finish would wait forever.
 */
function checkParent(reader: FieldReader, after: Field | undefined, take: Take, parent: Stage | undefined): void {
  if (after === undefined || parent?.config.halving?.mode !== 'asha_promote' || take.kind === 'each') return
  const why = `trials of ${parent.name} may stay paused because its mode is asha_promote`
  reader.tell(after.node.place, after.path, `${why}; use \`take: each\` here, or \`mode: asha\` there`)
}

/** Returns why a stage's trials cannot be submitted before their parents have ended; null if they can. */
function notNative(take: Take, config: SweepConfig, parent: Stage | undefined): string | null {
  const gated = 'remove `native`'
  if (take.kind === 'best') return `the best trials are not known until the end; ${gated}`
  if (config.search !== null && isModelSearch(config)) return `${config.search.method} learns from results; ${gated}`
  if (parent !== undefined && parent.config.halving !== null) {
    return `SLURM cannot detect that early stopping ended a trial of ${parent.name}, because it may exit with code 0; ${gated}`
  }
  if (take.kind === 'each' && config.slurm?.maxConcurrent != null) {
    return '`max_concurrent` would not apply to trials that start one by one; use `take: all`'
  }
  return null
}

/** Whether a stage is empty: a bare `pretrain:` inherits everything from the top level. */
function isEmpty({ node }: Field): boolean {
  return node.kind === 'scalar' && node.isPlain && node.text === ''
}

function readAfter(
  reader: FieldReader,
  field: Field | undefined,
  { stages, all }: Pick<Context, 'stages' | 'all'>,
): string | null {
  if (field === undefined) return null
  if (field.node.kind !== 'scalar') {
    reader.tell(field.node.place, field.path, 'a stage can follow only one stage; use its name')
    return null
  }
  const name = field.node.text
  const known = stages.map((one) => one.name)
  if (known.includes(name)) return name
  reader.tell(field.node.place, field.path, `no stage "${name}" above this one; ${hintFor(name, known, all)}`)
  return null
}

function hintFor(name: string, known: readonly string[], all: readonly string[]): string {
  if (all.includes(name)) return 'a stage must come after the stage that it follows; move it below'
  const [near] = nearest(name, known, 1)
  if (near !== undefined) return `did you mean \`${near}\`?`
  return known.length === 0 ? 'this is the first stage' : `the stages above are ${known.join(', ')}`
}

/** Reads the fields of a stage. Fields that apply to the whole sweep are reported as problems. */
function ownFields(reader: FieldReader, field: Field): Fields | undefined {
  const fields = reader.fields(field)
  if (fields === undefined) return undefined
  const whole = WHOLE.filter((name) => fields.has(name))
  for (const name of whole) {
    const place = fields.get(name)?.node.place ?? field.node.place
    reader.tell(place, `${field.path}.${name}`, 'it applies to the whole sweep; move it to the top level')
  }
  return reader.fields(field, [...KNOWN, ...whole])
}

/** Top-level fields that a stage cannot have. */
const WHOLE = ['name', 'executor', 'local', 'retries', 'budget', 'prune_grace_seconds', 'stages'] as const

function readTake(reader: FieldReader, field: Field | undefined, kind: ConfigKind): Take {
  if (field === undefined) return { kind: 'all' }
  if (kind === 'sweep') needsAfter(reader, field)
  if (field.node.kind !== 'scalar') {
    reader.tell(field.node.place, field.path, 'use all, each, or best with a number, such as best 3')
    return { kind: 'all' }
  }
  const { text } = field.node
  if (text === 'all' || text === 'each') return { kind: text }
  const [, digits] = /^best\s+([1-9]\d{0,5})$/.exec(text) ?? []
  if (digits !== undefined) return { kind: 'best', count: Number(digits) }
  reader.tell(field.node.place, field.path, `"${text}" is not all, each, or best with a number, such as best 3`)
  return { kind: 'all' }
}

function needsAfter(reader: FieldReader, { node, path }: Field): void {
  const word = path.slice(path.lastIndexOf('.') + 1)
  reader.tell(node.place, path, `${word} selects trials of an earlier stage; name that stage with \`after\``)
}

function merged(top: Fields, own: Fields, field: Field): Fields {
  const all = new Map(top)
  all.delete('stages')
  for (const name of notTaken(own)) all.delete(name)
  for (const [name, value] of own) {
    const above = optional(top, name)
    all.set(name, name === 'slurm' && above !== undefined ? mergedMap(above, value, field) : value)
  }
  for (const name of OWN) all.delete(name)
  return all
}

/** Returns the top-level fields that a stage does not inherit. */
function notTaken(own: Fields): readonly string[] {
  if (optional(own, 'after') !== undefined || optional(own, 'parameters') !== undefined) return ABOUT_PARAMETERS
  return optional(own, 'grid') !== undefined || optional(own, 'search') !== undefined ? ['grid', 'search'] : []
}

/** Merges two mappings; the inner one takes precedence. */
function mergedMap({ node: above }: Field, inner: Field, stage: Field): Field {
  const { node } = inner
  if (above.kind !== 'map' || node.kind !== 'map') return inner
  const own = new Set(node.entries.map(({ key }) => key.text))
  const entries = [...above.entries.filter(({ key }) => !own.has(key.text)), ...node.entries]
  return { node: { ...node, entries }, path: `${stage.path}.slurm` }
}

/** Reports parameters that no stage inherits, because they would be silently ignored. */
function tellUnused(reader: FieldReader, top: Fields, stages: readonly YamlEntry[]): void {
  const used = new Set<string>(
    stages.flatMap(({ value }) => {
      const own = value.kind === 'map' ? value.entries.map(({ key }) => key.text) : []
      const left = notTaken(new Map(own.map((name) => [name, { node: value, path: '' }])))
      return ABOUT_PARAMETERS.filter((name) => !left.includes(name))
    }),
  )
  for (const name of ABOUT_PARAMETERS) {
    const field = optional(top, name)
    if (field === undefined || used.has(name)) continue
    reader.tell(field.node.place, field.path, 'each stage has its own; move it into a stage, or remove it')
  }
}

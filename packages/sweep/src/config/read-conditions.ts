import { check, createNames, type Names, type Program, parse } from '@hotcb/expr'
import { nearest } from '@hotcb/protocol'
import { NONE, numberInText, type Value } from '../value.ts'
import { type Condition, type Parameter, TEST_OPERATORS, type Test, type TestOperator } from './config.ts'
import type { Field, FieldReader } from './field-reader.ts'
import { optional } from './optional.ts'
import { readSlurmResources } from './read-resources.ts'

/** The parameters that a condition may refer to. */
interface Known {
  readonly reader: FieldReader
  readonly names: Names
  readonly parameters: readonly string[]
}

/** Returns the conditions, in the order in which they are applied. */
export function readConditions(
  reader: FieldReader,
  field: Field | undefined,
  parameters: readonly Parameter[],
): readonly Condition[] {
  const names = parameters.map(({ name }) => name)
  const known = { reader, names: createNames('sweep', names), parameters: names }
  return (reader.list(field) ?? []).flatMap((item) => readCondition(item, known) ?? [])
}

function readCondition(field: Field, known: Known): Condition | undefined {
  const { reader } = known
  const fields = reader.fields(field, ['name', 'when', 'exclude', 'force', 'set', 'slurm'])
  if (fields === undefined) return undefined
  const { place } = field.node
  const when = optional(fields, 'when')
  if (when === undefined) return reader.tell(place, `${field.path}.when`, 'missing; add conditions such as {lr: 0.1}')
  const [exclude, force, set] = [optional(fields, 'exclude'), optional(fields, 'force'), optional(fields, 'set')]
  const slurm = optional(fields, 'slurm')
  if (exclude === undefined && force === undefined && set === undefined && slurm === undefined) {
    reader.tell(place, field.path, 'the condition has no effect; add `exclude`, `force`, `set` or `slurm`')
  }
  return {
    name: reader.text(optional(fields, 'name')) ?? 'unnamed',
    line: place.line,
    when: readTests(when, known),
    exclude: assignmentsOf(exclude, known, true).map(([name, value]) => [
      name,
      value.type === 'list' ? value.items : [value],
    ]),
    force: assignmentsOf(force, known, true),
    set: readSet(set, known),
    slurm: readSlurmResources(reader, slurm),
  }
}

function readTests(field: Field, known: Known): readonly Test[] {
  const { reader } = known
  const fields = reader.fields(field)
  if (fields === undefined) return []
  if (fields.size === 0) reader.tell(field.node.place, field.path, 'it is empty; add conditions such as {lr: 0.1}')
  return [...fields].flatMap(([name, test]) => {
    if (name === 'expr') {
      const program = readExpression(test, known)
      return program === undefined ? [] : [{ kind: 'expr', program } as const]
    }
    return isParameter(name, test, known) ? (readTest(name, test, known) ?? []) : []
  })
}

function readTest(name: string, field: Field, known: Known): Test | undefined {
  const { reader } = known
  if (field.node.kind !== 'map') {
    const operand = literal(field, known)
    if (operand === undefined) return undefined
    return { kind: 'value', name, op: operand.type === 'list' ? 'in' : 'eq', operand }
  }
  const entries = [...(reader.fields(field) ?? [])]
  const [first] = entries
  if (first === undefined || entries.length > 1) {
    return reader.tell(field.node.place, field.path, `expected exactly one operator: ${TEST_OPERATORS.join(', ')}`)
  }
  const op = operatorOf(first[0])
  if (op === undefined) {
    return reader.tell(
      field.node.place,
      `${field.path}.${first[0]}`,
      `unknown operator; choose from ${TEST_OPERATORS.join(', ')}`,
    )
  }
  const operand = literal(first[1], known)
  if (operand === undefined) return undefined
  if ((op === 'in' || op === 'not_in') && operand.type !== 'list') {
    return reader.tell(first[1].node.place, first[1].path, 'is not a list such as [a, b]')
  }
  return { kind: 'value', name, op, operand }
}

function operatorOf(word: string): TestOperator | undefined {
  return TEST_OPERATORS.find((one) => one === word)
}

function assignmentsOf(
  field: Field | undefined,
  known: Known,
  onlyParameters: boolean,
): readonly (readonly [name: string, value: Value])[] {
  const fields = field === undefined ? undefined : known.reader.fields(field)
  return [...(fields ?? [])].flatMap(([name, one]) => {
    if (onlyParameters && !isParameter(name, one, known)) return []
    const value = literal(one, known)
    return value === undefined ? [] : [[name, value] as const]
  })
}

function readSet(field: Field | undefined, known: Known): Condition['set'] {
  const fields = field === undefined ? undefined : known.reader.fields(field)
  return [...(fields ?? [])].flatMap(([key, one]): Condition['set'] => {
    const { node } = one
    const isExpression = node.kind === 'map' && node.entries.length === 1 && node.entries[0]?.key.text === 'expr'
    if (!isExpression) {
      const value = literal(one, known)
      return value === undefined ? [] : [[key, value] as const]
    }
    const inner = known.reader.fields(one)?.get('expr')
    const program = inner === undefined ? undefined : readExpression(inner, known)
    return program === undefined ? [] : [[key, program] as const]
  })
}

function readExpression(field: Field, { reader, names }: Known): Program | undefined {
  const { node, path } = field
  const text = node.kind === 'scalar' ? node.text : undefined
  if (text === undefined) return reader.tell(node.place, path, 'is not an expression such as "lr > 0.01"')
  const parsed = parse(text, { dialect: 'sweep' })
  if (!parsed.ok) return reader.tell(node.place, path, `${parsed.problem.message} in "${text}"`)
  const problems = check(parsed.value, { names, nearest: (word, all) => nearest(word, all) })
  for (const { message } of problems) reader.tell(node.place, path, `${message} in "${text}"`)
  return problems.length > 0 ? undefined : parsed.value
}

function isParameter(name: string, { node, path }: Field, { reader, parameters }: Known): boolean {
  if (parameters.includes(name)) return true
  const [near] = nearest(name, parameters, 1)
  const hint = near === undefined ? `choose from ${parameters.join(', ')}` : `did you mean \`${near}\`?`
  reader.tell(node.place, path, `no parameter "${name}"; ${hint}`)
  return false
}

/** Reads a value. A string that looks like a number is read as that number, as in HyperHerd. */
function literal(field: Field, { reader }: Known): Value | undefined {
  const value = reader.value(field)
  return value === undefined ? undefined : numeric(value)
}

function numeric(value: Value): Value {
  if (value.type === 'str') return numberInText(value.value) ?? value
  return value.type === 'list' ? { type: 'list', items: value.items.map((item) => numeric(item ?? NONE)) } : value
}

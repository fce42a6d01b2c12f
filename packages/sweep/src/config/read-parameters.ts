import { nearest } from '@hotcb/protocol'
import { float, int, isEqual, type Value } from '../value.ts'
import type { Parameter } from './config.ts'
import { type Field, type FieldReader, shownValue } from './field-reader.ts'
import { optional } from './optional.ts'

const KINDS = ['discrete', 'continuous', 'int', 'normal'] as const
type Kind = (typeof KINDS)[number]

const FIELDS: Readonly<Record<Kind, readonly string[]>> = {
  discrete: ['values', 'labels', 'ordered'],
  continuous: ['low', 'high', 'scale', 'steps'],
  int: ['low', 'high', 'scale', 'step'],
  normal: ['mean', 'sd'],
}

/** Returns a sweep's parameters, in file order. */
export function readParameters(reader: FieldReader, field: Field | undefined): readonly Parameter[] {
  const entries = field === undefined ? undefined : reader.entries(field)
  if (field === undefined || entries === undefined) return []
  if (entries.length === 0)
    reader.tell(field.node.place, field.path, 'there are no parameters; at least one is required')
  const parameters: Parameter[] = []
  for (const { key, value } of entries) {
    const path = `${field.path}.${key.text}`
    if (/['"`=\\\s]/.test(key.text) || key.text === '') {
      reader.tell(key.place, path, 'a name must not contain quotes, =, backslashes or spaces')
    }
    const parameter = readParameter(reader, key.text, { node: value, path })
    if (parameter === undefined) continue
    const twin = parameters.find(({ abbrev }) => abbrev === parameter.abbrev)
    if (twin !== undefined) {
      reader.tell(
        key.place,
        path,
        `the abbreviation ${parameter.abbrev} is also used by ${twin.name}; change one of them`,
      )
    }
    parameters.push(parameter)
  }
  return parameters
}

function readParameter(reader: FieldReader, name: string, field: Field): Parameter | undefined {
  const all = reader.fields(field)
  if (all === undefined) return undefined
  const type = all.get('type')
  if (type === undefined) return reader.tell(field.node.place, `${field.path}.type`, `missing; ${KINDS.join(', ')}`)
  const kind = reader.oneOf(type, KINDS)
  if (kind === undefined) return undefined
  const fields = reader.fields(field, ['type', 'abbrev', 'default', ...FIELDS[kind]]) ?? all
  const abbrev = readAbbrev(reader, name, field, optional(fields, 'abbrev'))
  const given = optional(fields, 'default')
  const chosen = given === undefined ? null : (reader.value(given) ?? null)
  const common = { name, abbrev, default: chosen }
  const parameter = readKind(reader, kind, common, field, fields)
  if (parameter !== undefined && given !== undefined && chosen !== null) checkDefault(reader, parameter, chosen, given)
  return parameter === undefined ? undefined : withFloatDefault(parameter)
}

type Common = Pick<Parameter, 'name' | 'abbrev' | 'default'>
type Fields = ReadonlyMap<string, Field>

function readKind(
  reader: FieldReader,
  kind: Kind,
  common: Common,
  field: Field,
  fields: Fields,
): Parameter | undefined {
  switch (kind) {
    case 'discrete':
      return readDiscrete(reader, common, field, fields)
    case 'continuous':
      return readContinuous(reader, common, field, fields)
    case 'int':
      return readInt(reader, common, field, fields)
    case 'normal':
      return readNormal(reader, common, field, fields)
  }
}

function readAbbrev(reader: FieldReader, name: string, field: Field, given: Field | undefined): string {
  const abbrev = reader.text(given) ?? name
  if (/^[A-Za-z0-9._-]+$/.test(abbrev)) return abbrev
  const [place, path] = given === undefined ? [field.node.place, field.path] : [given.node.place, given.path]
  const remedy = given === undefined ? 'add an `abbrev` that contains only' : 'use only'
  reader.tell(
    place,
    path,
    `${abbrev} cannot be part of a file name; ${remedy} letters, digits, dots, dashes and underscores`,
  )
  return abbrev
}

function readDiscrete(reader: FieldReader, common: Common, field: Field, fields: Fields): Parameter | undefined {
  const given = requireField(reader, field, fields, 'values', 'a list such as [0.1, 0.01]')
  const items = reader.list(given)
  if (given === undefined || items === undefined) return undefined
  if (items.length === 0) return reader.tell(given.node.place, given.path, 'the list is empty; add at least one value')
  const values = items.map((item) => reader.value(item))
  if (!values.every((value) => value !== undefined)) return undefined
  for (const [at, value] of values.entries()) {
    const twin = values.findIndex((one) => isEqual(one, value) && one.type === value.type)
    const place = items[at]?.node.place ?? given.node.place
    if (twin < at) reader.tell(place, `${given.path}[${at}]`, `${shownValue(value)} is listed twice; remove one`)
  }
  const labelField = optional(fields, 'labels')
  const labels = labelField === undefined ? null : readLabels(reader, labelField, values.length)
  if (labelField === undefined) for (const [at, item] of items.entries()) needsLabel(reader, item, values[at])
  const ordered = optional(fields, 'ordered')
  const isOrdered = ordered !== undefined && reader.oneOf(ordered, ['true', 'false']) === 'true'
  return { kind: 'discrete', ...common, values, labels: labels ?? null, isOrdered }
}

function needsLabel(reader: FieldReader, { node, path }: Field, value: Value | undefined): void {
  const isUnfit = value?.type === 'list' || (value?.type === 'str' && /[/\s]/.test(value.value))
  if (!isUnfit) return
  reader.tell(
    node.place,
    path,
    'a list, or text that contains spaces or /, needs `labels`, which replace it in trial names',
  )
}

function readLabels(reader: FieldReader, field: Field, count: number): readonly string[] | undefined {
  const labels = reader.texts(field)
  if (labels === undefined) return undefined
  const { node, path } = field
  if (labels.length !== count)
    reader.tell(node.place, path, `${labels.length} labels for ${count} values; the counts must match`)
  if (new Set(labels).size < labels.length) reader.tell(node.place, path, 'two labels are equal; labels must be unique')
  const unfit = labels.find((label) => label === '' || /[/\s]/.test(label))
  if (unfit !== undefined) reader.tell(node.place, path, `the label "${unfit}" is empty, or contains a space or /`)
  return labels
}

function readContinuous(reader: FieldReader, common: Common, field: Field, fields: Fields): Parameter | undefined {
  const scaled = readRange(reader, field, fields, false)
  const steps = reader.number(optional(fields, 'steps'), { whole: true, least: 1, most: 1_000_000, example: '5' })
  return scaled === undefined ? undefined : { kind: 'continuous', ...common, ...scaled, steps: steps ?? 5 }
}

function readInt(reader: FieldReader, common: Common, field: Field, fields: Fields): Parameter | undefined {
  const scaled = readRange(reader, field, fields, true)
  const step = reader.number(optional(fields, 'step'), { whole: true, least: 1, example: '1' })
  return scaled === undefined ? undefined : { kind: 'int', ...common, ...scaled, step: step ?? 1 }
}

function readRange(
  reader: FieldReader,
  field: Field,
  fields: Fields,
  whole: boolean,
): { readonly low: number; readonly high: number; readonly isLog: boolean } | undefined {
  const scale = reader.oneOf(optional(fields, 'scale'), ['linear', 'log'])
  const isLog = scale === 'log'
  const lowField = requireField(reader, field, fields, 'low', 'the smallest value')
  const highField = requireField(reader, field, fields, 'high', 'the largest value')
  const example = whole ? '1' : '1e-5'
  const low = reader.number(lowField, { whole, ...(isLog && { above: 0 }), example })
  const high = reader.number(highField, { whole, example: whole ? '10' : '0.1' })
  if (low === undefined || high === undefined || lowField === undefined) return undefined
  if (low >= high) {
    return reader.tell(lowField.node.place, lowField.path, `${low} is not below \`high\`, which is ${high}`)
  }
  return { low, high, isLog }
}

function readNormal(reader: FieldReader, common: Common, field: Field, fields: Fields): Parameter | undefined {
  const mean = reader.number(requireField(reader, field, fields, 'mean', 'the centre'), { example: '0' })
  const sd = reader.number(requireField(reader, field, fields, 'sd', 'the spread'), { above: 0, example: '1' })
  return mean === undefined || sd === undefined ? undefined : { kind: 'normal', ...common, mean, sd }
}

/** Returns a required field, or reports that it is missing. */
export function requireField(
  reader: FieldReader,
  parent: Field,
  fields: Fields,
  name: string,
  what: string,
): Field | undefined {
  const found = optional(fields, name)
  if (found !== undefined) return found
  const path = parent.path === '' ? name : `${parent.path}.${name}`
  const [near] = nearest(name, [...fields.keys()], 1)
  // A misspelled field has already been reported as unknown.
  if (near !== undefined) return undefined
  return reader.tell(parent.node.place, path, `missing; set it to ${what}`)
}

function checkDefault(reader: FieldReader, parameter: Parameter, value: Value, { node, path }: Field): void {
  if (parameter.kind === 'normal') return
  if (parameter.kind === 'discrete') {
    if (parameter.values.some((one) => isEqual(one, value))) return
    const known = parameter.values.map(shownValue).join(', ')
    reader.tell(node.place, path, `${shownValue(value)} is not one of the values ${known}`)
    return
  }
  const { low, high, kind } = parameter
  const number = value.type === 'int' || (value.type === 'float' && kind === 'continuous') ? value.value : Number.NaN
  if (number >= low && number <= high) return
  reader.tell(node.place, path, `${shownValue(value)} is not between ${low} and ${high}`)
}

// The default of a continuous parameter is a float even if it is written as 0. The default of a discrete parameter is the value from the
// list.
function withFloatDefault(parameter: Parameter): Parameter {
  const value = parameter.default
  if (value === null) return parameter
  if (parameter.kind === 'discrete') {
    return { ...parameter, default: parameter.values.find((one) => isEqual(one, value)) ?? value }
  }
  if (value.type !== 'int' && value.type !== 'float') return parameter
  return { ...parameter, default: parameter.kind === 'int' ? int(value.value) : float(value.value) }
}

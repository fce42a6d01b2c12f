import { nearest, show } from '@hotcb/protocol'
import type { TextPlace, YamlEntry, YamlNode } from '@hotcb/protocol/yaml'
import { numberOf, toJson, type Value } from '../value.ts'
import type { ConfigProblem } from './problem.ts'
import { readScalar } from './scalar.ts'

/** A node and the path of its field, such as `slurm.mem`. */
export interface Field {
  readonly node: YamlNode
  readonly path: string
}

/** Reads fields and collects problems. Every function returns undefined if it has reported a problem. */
export interface FieldReader {
  readonly problems: readonly ConfigProblem[]
  tell(place: TextPlace, field: string, message: string): undefined
  warn(place: TextPlace, field: string, message: string): void
  /** Returns the fields of a mapping by name. Unknown fields are reported; without `known`, all fields are accepted. */
  fields(field: Field, known?: readonly string[]): ReadonlyMap<string, Field> | undefined
  entries(field: Field): readonly YamlEntry[] | undefined
  list(field: Field | undefined): readonly Field[] | undefined
  value(field: Field): Value | undefined
  text(field: Field | undefined): string | undefined
  /** Reads a string that must not be empty. */
  filledText(field: Field | undefined): string | undefined
  number(field: Field | undefined, is?: NumberRule): number | undefined
  oneOf<Word extends string>(field: Field | undefined, words: readonly Word[]): Word | undefined
  texts(field: Field | undefined): readonly string[] | undefined
}

/** The requirements that a number must meet. */
export interface NumberRule {
  readonly whole?: boolean
  readonly least?: number
  /** The number must be greater than this. */
  readonly above?: number
  readonly most?: number
  readonly example?: string
}

export function createFieldReader(): FieldReader {
  const problems: ConfigProblem[] = []
  const tell = (place: TextPlace, field: string, message: string): undefined => {
    problems.push({ place, field, message, isWarning: false })
  }
  const warn = (place: TextPlace, field: string, message: string): void => {
    problems.push({ place, field, message, isWarning: true })
  }
  const wrong = ({ node, path }: Field, what: string): undefined => tell(node.place, path, `${shown(node)} ${what}`)

  const reader: FieldReader = {
    problems,
    tell,
    warn,
    entries(field) {
      return field.node.kind === 'map' ? field.node.entries : wrong(field, 'is not a mapping; use `key: value` lines')
    },
    fields(field, known) {
      const entries = reader.entries(field)
      if (entries === undefined) return undefined
      for (const { key } of entries) {
        if (known === undefined || known.includes(key.text)) continue
        const path = joined(field.path, key.text)
        const [near] = nearest(key.text, known, 1)
        const hint = near === undefined ? `choose from ${known.join(', ')}` : `did you mean \`${near}\`?`
        tell(key.place, path, `unknown field; ${hint}`)
      }
      return new Map(entries.map(({ key, value }) => [key.text, { node: value, path: joined(field.path, key.text) }]))
    },
    list(field) {
      if (field === undefined) return undefined
      const { node, path } = field
      if (node.kind !== 'list') return wrong(field, 'is not a list such as [a, b]')
      return node.items.map((item, at) => ({ node: item, path: `${path}[${at}]` }))
    },
    value: (field) => readValue(field, reader),
    text(field) {
      if (field === undefined) return undefined
      if (field.node.kind === 'scalar' && isNumberLike(field.node.text)) return field.node.text
      const value = reader.value(field)
      if (value === undefined) return undefined
      return value.type === 'str' ? value.value : wrong(field, 'is not text; put it in quotes')
    },
    filledText(field) {
      const text = reader.text(field)
      return text === '' && field !== undefined ? wrong(field, 'is empty; it must contain text') : text
    },
    number(field, rule = {}) {
      const value = field === undefined ? undefined : reader.value(field)
      if (field === undefined || value === undefined) return undefined
      const number = value.type === 'bool' ? undefined : numberOf(value)
      const isRight = number !== undefined && fits(number, rule)
      return isRight ? number : wrong(field, `is not ${describe(rule)}`)
    },
    oneOf(field, words) {
      if (field === undefined) return undefined
      const text = field.node.kind === 'scalar' ? field.node.text : undefined
      const word = words.find((one) => one === text)
      if (word !== undefined) return word
      const [near] = text === undefined ? [] : nearest(text, words, 1)
      const all = `is not one of ${words.join(', ')}`
      return wrong(field, near === undefined ? all : `${all}; did you mean \`${near}\`?`)
    },
    texts(field) {
      const items = reader.list(field)?.map((item) => reader.text(item))
      return items?.every((item) => item !== undefined) ? items : undefined
    },
  }
  return reader
}

function readValue(field: Field, reader: FieldReader): Value | undefined {
  const { node, path } = field
  if (node.kind === 'map') {
    return reader.tell(node.place, path, 'a mapping is not a value; use a number, text, true, false or a list')
  }
  if (node.kind === 'list') {
    const items = node.items.map((item, at) => readValue({ node: item, path: `${path}[${at}]` }, reader))
    return items.every((item) => item !== undefined) ? { type: 'list', items } : undefined
  }
  const reading = readScalar(node)
  if (!reading.ok) return reader.tell(node.place, path, reading.message)
  if (reading.warning !== undefined) reader.warn(node.place, path, `${node.text} is ${reading.warning}`)
  return reading.value
}

// Where a string is expected, a number is read as a string: `version: 1`, `time: 12:00:00`, `mem: 8192`.
function isNumberLike(text: string): boolean {
  return /^[-+]?[\d.][\d._:eE+-]*$/.test(text)
}

function fits(number: number, { whole, least, above, most }: NumberRule): boolean {
  if (whole === true && !Number.isSafeInteger(number)) return false
  if (least !== undefined && number < least) return false
  if (above !== undefined && number <= above) return false
  return most === undefined || number <= most
}

function describe({ whole, least, above, most, example }: NumberRule): string {
  const bounds = [
    ...(least === undefined ? [] : [`>= ${least}`]),
    ...(above === undefined ? [] : [`> ${above}`]),
    ...(most === undefined ? [] : [`<= ${most}`]),
  ].join(' and ')
  const what = `a ${whole === true ? 'whole ' : ''}number`
  const hint = example === undefined ? '' : `; use a value such as ${example}`
  return `${what}${bounds === '' ? '' : ` ${bounds}`}${hint}`
}

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

/** Formats a node for a message. */
export function shown(node: YamlNode): string {
  if (node.kind === 'map') return 'a mapping'
  if (node.kind === 'list') return 'a list'
  return node.text === '' && node.isPlain ? 'nothing' : show(node.text)
}

/** Formats a value for a message. */
export function shownValue(value: Value): string {
  return show(toJson(value))
}

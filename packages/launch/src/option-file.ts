import {
  didYouMean,
  isObject,
  type Json,
  type JsonObject,
  ok,
  oneLine,
  type Result,
  refused,
  show,
} from '@hotcb/protocol'
import { parseYaml, yamlPlaces } from '@hotcb/protocol/yaml'
import { fieldProblem } from './field-kinds.ts'
import { FIELDS, type LaunchOptions } from './options.ts'

/**
 * Reads a config file, YAML or JSON. A file with a problem is refused whole.
 *
 * @param file Its name, for problems: `hotcb.launch.yaml:3:1: ...`.
 */
export function readOptionFile(text: string, file: string): Result<LaunchOptions> {
  const reading = parseYaml(text)
  if (!reading.ok) return refused(`${file}:${reading.line ?? 1}:1: ${reading.reason}`)
  const places = yamlPlaces(text)
  return readOptions(reading.value ?? {}, (field, message, of) => {
    const { line, column } = (field === null ? null : places([field], of)) ?? { line: 1, column: 1 }
    return oneLine(`${file}:${line}:${column}: ${message}`)
  })
}

type Tell = (field: string | null, message: string, of: 'key' | 'value') => string

/** Reads options as they are written in files: `{max_steps: 500}`. */
export function readOptions(value: Json, tell: Tell = (_field, message) => message): Result<LaunchOptions> {
  if (!isObject(value)) return refused(tell(null, `options by name expected, got ${show(value)}`, 'value'))
  const options: Record<string, unknown> = {}
  for (const [name, given] of Object.entries(value)) {
    const field = FIELDS.find((one) => one.name === name)
    if (field === undefined) {
      const known = FIELDS.map((one) => one.name)
      const hint = didYouMean(name, known, `choose from ${known.join(', ')}`)
      return refused(tell(name, `no option is called \`${name}\`: ${hint}`, 'key'))
    }
    if (given === null) continue
    // One rule file, or a command without arguments, may be written without a list.
    const wanted = field.kind === 'words' && typeof given === 'string' ? [given] : given
    const problem = fieldProblem(name, field.kind, wanted)
    if (problem !== null) return refused(tell(name, problem, 'value'))
    options[field.key] = wanted
  }
  // Every value was checked against the kind of its field.
  return ok(options as LaunchOptions)
}

/** Options as they are written in files. */
export function formatOptions(options: LaunchOptions): JsonObject {
  const written: Record<string, Json> = {}
  for (const { key, name } of FIELDS) {
    const value = options[key]
    if (value !== undefined) written[name] = typeof value === 'object' ? [...value] : value
  }
  return written
}

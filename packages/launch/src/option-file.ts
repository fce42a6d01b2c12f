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
 * Reads a YAML or JSON config file. If the file has a problem, the whole file is rejected.
 *
 * @param file Its name, for messages such as `hotcb.launch.yaml:3:1: ...`.
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

/** Reads options in the format of config files: `{max_steps: 500}`. */
export function readOptions(value: Json, tell: Tell = (_field, message) => message): Result<LaunchOptions> {
  if (!isObject(value)) return refused(tell(null, `expected an object with options, got ${show(value)}`, 'value'))
  const options: Record<string, unknown> = {}
  for (const [name, given] of Object.entries(value)) {
    const field = FIELDS.find((one) => one.name === name)
    if (field === undefined) {
      const known = FIELDS.map((one) => one.name)
      const hint = didYouMean(name, known, `choose from ${known.join(', ')}`)
      return refused(tell(name, `no option is called \`${name}\`: ${hint}`, 'key'))
    }
    if (given === null) continue
    // A single rules file, or a command without arguments, does not have to be a list.
    const wanted = field.kind === 'words' && typeof given === 'string' ? [given] : given
    const problem = fieldProblem(name, field.kind, wanted)
    if (problem !== null) return refused(tell(name, problem, 'value'))
    options[field.key] = wanted
  }
  // The cast is safe: every value was checked against the kind of its field.
  return ok(options as LaunchOptions)
}

/** Formats options in the format of config files. */
export function formatOptions(options: LaunchOptions): JsonObject {
  const written: Record<string, Json> = {}
  for (const { key, name } of FIELDS) {
    const value = options[key]
    if (value !== undefined) written[name] = typeof value === 'object' ? [...value] : value
  }
  return written
}

import { findCommand, isCommandError } from '@hotcb/commands'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { isAnswer } from '../src/answers/answer.ts'
import { answerSchema, jsonSchemaOf } from '../src/answers/json-schema.ts'
import { errorShape, noteShape } from '../src/answers/reports.ts'
import { answerOf } from '../src/answers/table.ts'
import { BUILT_IN_WORDS, rootOf } from '../src/parse/command-words.ts'

/** The output of a process. */
interface Printed {
  /** Null: a signal ended it. */
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/**
 * Checks the output of a command with `--json`: its documents against its published schema, which must contain every key, and
 * standard error against the schemas of errors and notes. Does nothing without `--json`.
 *
 * @throws Error with the command line and the first problem.
 */
export function requireAnswers(argv: readonly string[], printed: Printed): void {
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  if (!words.includes('--json') || words.some((word) => NO_ANSWER.includes(word))) return
  const { code, out, err } = printed
  for (const line of linesOf(err)) requireLine(line, reportCheck, argv)
  const command = commandOf(argv)
  const documents = linesOf(out)
  if (code !== 0 && code !== null && documents.length === 0 && !err.includes('"error"') && code !== 130) {
    throw new Error(`\`${argv.join(' ')}\` ended with ${code}, without an answer and without an error: ${err}`)
  }
  if (command === undefined || documents.length === 0) return
  const answer = answerOf(command)
  if (!isAnswer(answer)) throw new Error(`\`${command}\` prints JSON, but has no schema`)
  if (answer.prints === 'one' && documents.length > 1) throw new Error(`\`${command}\` prints several documents`)
  const check = checkOf(command)
  for (const line of documents) requireLine(line, check, argv)
  if (!out.endsWith('\n')) throw new Error(`\`${argv.join(' ')}\` printed half a line: ${out.slice(-100)}`)
  COVERED.add(command)
}

/** The commands whose answers were checked in this process. */
export const COVERED: Set<string> = new Set()

const NO_ANSWER = ['--help', '-h', '--version', '-V', 'help', '__complete']

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}

function commandOf(argv: readonly string[]): string | undefined {
  try {
    const { leaf, path } = findCommand(rootOf(BUILT_IN_WORDS), argv)
    return leaf === undefined ? undefined : path.join(' ')
  } catch (error) {
    // The command of a custom module, or a mistyped one.
    if (isCommandError(error)) return undefined
    throw error
  }
}

type Check = (value: unknown) => string | null

const ajv = new Ajv2020({ allErrors: false, strict: false })

function compile(schema: object): Check {
  const validate = ajv.compile(strict(schema))
  return (value) => (validate(value) ? null : ajv.errorsText(validate.errors))
}

const checks = new Map<string, Check>()

function checkOf(command: string): Check {
  const known = checks.get(command)
  if (known !== undefined) return known
  const answer = answerOf(command)
  if (!isAnswer(answer)) throw new Error(`no answer of ${command}`)
  // Several commands may share a schema, but not an id.
  const { $id: _, ...schema } = answerSchema(command, answer) as { readonly $id?: string }
  const check = compile(schema)
  checks.set(command, check)
  return check
}

const reportCheck = compile({ anyOf: [jsonSchemaOf(errorShape), jsonSchemaOf(noteShape)] })

/** Returns the schema with the restriction that objects have only the listed keys. */
function strict(schema: unknown): object {
  const closed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(closed)
    if (typeof value !== 'object' || value === null) return value
    const mapped = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closed(one)]))
    return hasOpenKeys(value) ? mapped : { ...mapped, additionalProperties: false }
  }
  // A schema is an object.
  return closed(schema) as object
}

// If an object may have any keys except some, those are excluded.
function hasOpenKeys(schema: object): boolean {
  return !('properties' in schema) || JSON.stringify(schema.properties).includes('"not":{}')
}

function requireLine(line: string, check: Check, argv: readonly string[]): void {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new Error(`\`${argv.join(' ')}\` printed a line that is not JSON: ${line.slice(0, 300)}`)
  }
  const problem = check(value)
  if (problem !== null) throw new Error(`\`${argv.join(' ')}\`: ${problem.slice(0, 600)}\n${line.slice(0, 1500)}`)
}

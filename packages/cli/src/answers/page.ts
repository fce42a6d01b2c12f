import { type CommandAnswer, isAnswer } from './answer.ts'
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts'
import { ERROR_CODES, errorShape, noteShape } from './reports.ts'
import { ledgerLine, recipeEntry, runStatus } from './run-shapes.ts'
import { SENT } from './sent.ts'
import type { Shape } from './shapes.ts'
import { answerOf } from './table.ts'

/** Returns the reference for all JSON answers as Markdown: `docs/json-answers.md`. @param commands All commands, in order. */
export function renderAnswers(commands: readonly string[]): string {
  const answers = commands.map((command) => ({ command, answer: answerOf(command) }))
  const senders = answers.filter(({ answer }) => answer === SENT).map(({ command }) => `\`${command}\``)
  const parts = [HEAD, ...reports(), '## Commands that change a run', `${senders.join(', ')}:`, ...answerParts(SENT)]
  parts.push('## All other commands')
  const described = new Map<unknown, string>()
  for (const { command, answer } of answers) {
    if (answer === SENT) continue
    parts.push(`### ${command}`)
    const same = described.get(answer)
    described.set(answer, same ?? command)
    if (same !== undefined) parts.push(`Same as \`${same}\`.`)
    else if (isAnswer(answer)) parts.push(...answerParts(answer))
    else parts.push(`Without \`--json\`: ${answer.without}.`)
  }
  return `${parts.join('\n\n')}\n`
}

const HEAD = `<!-- Generated from the commands by \`npx vitest run packages/cli/test/json-page.test.ts -u\`. Do not edit. -->
# JSON answers

Every \`hotcb\` and \`herd\` command accepts \`--json\`, except for those marked below. \`hotcb schema COMMAND\` prints the
JSON Schema of its answer, and \`hotcb schema\` lists all commands. \`herd NAME\` is short for \`hotcb sweep NAME\`.

- Standard output contains one document, or one document per line (NDJSON), and nothing else.
- Standard error contains errors and notes, each as a one-line document. A command that fails prints an error, or an answer that reports
  the failure, such as \`decision: "failed"\` or \`ok: false\`. Its [exit code](cli.md#exit-codes) is not 0.
- A command that follows something prints complete lines until it is interrupted. Ctrl-C and SIGTERM stop it with exit code 130. If
  its reader closes the pipe, as \`head -1\` does, it exits with 0.

## Versions

Each answer has a version, which is part of the \`$id\` of its schema. A later release may add keys to an answer, or words to a list of allowed words,
without a new version, so ignore keys that you do not know. The version increases if a key is removed or renamed, becomes optional
or nullable, or changes its type or meaning; the changelog lists such changes.

Below, \`key?\` may be absent, and \`{[name]: ...}\` is an object whose keys depend on the run.`

function reports(): readonly string[] {
  const codes = Object.entries(ERROR_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  return [
    '## Errors and notes',
    'They are printed to standard error, one per line:',
    fence(shapeText(errorShape)),
    ['| code | |', '|---|---|', ...codes].join('\n'),
    fence(shapeText(noteShape)),
    '`hotcb --version --json` prints:',
    fence('{version: text, node: text}'),
  ]
}

function answerParts({ version, prints, documents }: CommandAnswer): readonly string[] {
  const what = prints === 'one' ? 'one document' : 'one document per line'
  return [
    `Version ${version}, ${what}.`,
    ...documents.flatMap(({ when, shape }) => [...(when === '' ? [] : [`${capital(when)}:`]), fence(shapeText(shape))]),
  ]
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

function fence(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``
}

/** Formats a shape as text: one key per line, with its meaning. */
function shapeText(shape: Shape): string {
  return typeText(jsonSchemaOf(shape), '')
}

// Parts that the page describes once.
const NAMED: ReadonlyMap<string, string> = new Map(
  [
    [runStatus, 'the document of `status`'] as const,
    [ledgerLine, 'an entry of `log`'] as const,
    [recipeEntry, 'an entry of `recipe show`, without `line`'] as const,
  ].map(([shape, name]) => [JSON.stringify(jsonSchemaOf(shape)), name]),
)

function schemaText(schema: JsonSchema, indent: string): string {
  const { properties = {}, required = [] } = schema
  const inner = `${indent}  `
  const rows = Object.entries(properties).map(([key, value]) => {
    const { description, ...rest } = value
    return { text: `${key}${required.includes(key) ? '' : '?'}: ${partText(rest, inner)}`, description }
  })
  const short = `{${rows.map(({ text }) => text).join(', ')}}`
  const isPlain = rows.every(({ text, description }) => description === undefined && !text.includes('\n'))
  if (isPlain && indent.length + short.length < MOST_COLUMNS) return short
  return ['{', ...rows.map((row) => inner + withMeaning(row)), `${indent}}`].join('\n')
}

const MOST_COLUMNS = 110

/** Adds the meaning after the first line of a key. */
function withMeaning({
  text,
  description,
}: {
  readonly text: string
  readonly description: string | undefined
}): string {
  const [first = '', ...more] = text.split('\n')
  return [description === undefined ? first : `${first}  // ${description}`, ...more].join('\n')
}

function partText(schema: JsonSchema, indent: string): string {
  return NAMED.get(JSON.stringify(schema)) ?? typeText(schema, indent)
}

function typeText(schema: JsonSchema, indent: string): string {
  const { type, anyOf, items, properties, additionalProperties } = schema
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' | ')
  if (anyOf !== undefined) return anyOf.map((one) => partText(one, indent)).join(' | ')
  if (Object.values(properties ?? {}).some(({ not }) => not !== undefined)) return '{[name]: any}'
  if (properties !== undefined) return schemaText(schema, indent)
  if (type === 'array') return `[${partText(items ?? {}, indent)}]`
  if (type === 'object') {
    const value = typeof additionalProperties === 'object' ? typeText(additionalProperties, indent) : 'any'
    return `{[name]: ${value}}`
  }
  return NAMES[type ?? ''] ?? 'any'
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  integer: 'whole',
  boolean: 'true | false',
  null: 'null',
}

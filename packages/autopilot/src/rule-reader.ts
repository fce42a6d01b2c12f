import { type ExprResult, formatExprProblem, type Program, parse } from '@hotcb/expr'
import { didYouMean, isObject, type Json, oneLine, show } from '@hotcb/protocol'
import { parseYaml, type YamlPath, yamlPlaces } from '@hotcb/protocol/yaml'

/** A problem in a rule file, with its location; line and column are counted from 1. */
export interface RuleProblem {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
}

/** Formats a problem as `rules.yaml:14:22: message`. */
export function formatRuleProblem({ file, line, column, message }: RuleProblem): string {
  return `${file}:${line}:${column}: ${message}`
}

/** A mapping in a rule file that is being read. Each field is read once, and problems are collected with their locations. */
export interface RuleReader {
  readonly path: YamlPath
  /** The start of the mapping, as `file:line`. */
  readonly place: string
  /** Records a problem at a field, or at the mapping itself. */
  problem(field: string | number | null, message: string, of?: 'key' | 'value'): undefined
  has(field: string): boolean
  json(field: string): Json | undefined
  text(field: string): string | undefined
  /** Reads a whole number of at least `least`. */
  whole(field: string, least: number): number | undefined
  number(field: string): number | undefined
  flag(field: string): boolean | undefined
  oneOf<Word extends string>(field: string, words: readonly Word[]): Word | undefined
  expression(field: string): Program | undefined
  /** Reads the mapping in a field. */
  within(field: string): RuleReader | undefined
  /** Returns the mappings in a list. */
  list(field: string): readonly RuleReader[] | undefined
  keys(): readonly string[]
  /** Whether a field's number is written with a plus sign, which the parsed YAML does not show. */
  hasPlus(field: string): boolean
  /** Rejects fields that are not in `known`. */
  only(known: readonly string[]): void
}

/** Opens a rule file. Returns a reader for its top-level mapping. If the file has none, records the problem and returns undefined. */
export function openRuleReader(text: string, file: string, problems: RuleProblem[]): RuleReader | undefined {
  const reading = parseYaml(text)
  if (!reading.ok) {
    problems.push({ file, line: reading.line ?? 1, column: 1, message: reading.reason })
    return undefined
  }
  const root = { text, file, problems, places: yamlPlaces(text) }
  return mappingOf(root, [], reading.value)
}

interface Root {
  readonly text: string
  readonly file: string
  readonly problems: RuleProblem[]
  readonly places: ReturnType<typeof yamlPlaces>
}

function note(root: Root, path: YamlPath, message: string, of: 'key' | 'value' = 'value'): undefined {
  const { line, column } = root.places(path, of) ?? { line: 1, column: 1 }
  root.problems.push({ file: root.file, line, column, message: oneLine(message) })
}

function mappingOf(root: Root, path: YamlPath, value: Json): RuleReader | undefined {
  if (isObject(value)) return createReader(root, path, value)
  return note(root, path, `expected a mapping, got ${show(value)}`)
}

function createReader(root: Root, path: YamlPath, value: Readonly<Record<string, unknown>>): RuleReader {
  // A value parsed from YAML is JSON at every level.
  const given = (field: string): Json | undefined => (Object.hasOwn(value, field) ? (value[field] as Json) : undefined)
  const problem: RuleReader['problem'] = (field, message, of) =>
    note(root, field === null ? path : [...path, field], message, of)
  const wrong = (field: string, right: string): undefined =>
    problem(field, `\`${field}\` must be ${right}, got ${show(given(field))}`)

  function typed<Given>(field: string, right: string, is: (value: Json) => value is Json & Given): Given | undefined {
    const found = given(field)
    if (found === undefined || found === null) return undefined
    return is(found) ? found : wrong(field, right)
  }

  const isText = (found: Json): found is string => typeof found === 'string'
  const isNumber = (found: Json): found is number => typeof found === 'number' && Number.isFinite(found)
  const isFlag = (found: Json): found is boolean => typeof found === 'boolean'

  return {
    path,
    get place() {
      return `${root.file}:${root.places(path)?.line ?? 1}`
    },
    problem,
    has: (field) => given(field) !== undefined && given(field) !== null,
    json: given,
    text: (field) => typed(field, 'text', isText),
    number: (field) => typed(field, 'a number', isNumber),
    flag: (field) => typed(field, 'true or false', isFlag),
    whole(field, least) {
      const isWhole = (found: Json): found is number => Number.isSafeInteger(found) && Number(found) >= least
      return typed(field, `a whole number of at least ${least}`, isWhole)
    },
    oneOf(field, words) {
      const found = typed(field, 'text', isText)
      const known: readonly string[] = words
      if (found === undefined || known.includes(found)) return found as (typeof words)[number] | undefined
      return problem(
        field,
        `unknown \`${field}\` ${show(found)}: ${didYouMean(found, words, `choose from ${words.join(', ')}`)}`,
      )
    },
    expression: (field) => expressionAt(root, [...path, field], given(field)),
    within(field) {
      const found = given(field)
      return found === undefined || found === null ? undefined : mappingOf(root, [...path, field], found)
    },
    list(field) {
      const found = given(field)
      if (found === undefined || found === null) return undefined
      if (!Array.isArray(found)) return wrong(field, 'a list')
      return found.flatMap((one: Json, i) => mappingOf(root, [...path, field, i], one) ?? [])
    },
    keys: () => Object.keys(value),
    hasPlus(field) {
      const at = root.places([...path, field])
      return at !== null && root.text.split('\n')[at.line - 1]?.[at.column - 1] === '+'
    },
    only(known) {
      for (const key of Object.keys(value)) {
        if (known.includes(key)) continue
        problem(key, `unknown field \`${key}\`: ${didYouMean(key, known, `choose from ${known.join(', ')}`)}`, 'key')
      }
    },
  }
}

function expressionAt(root: Root, path: YamlPath, found: Json | undefined): Program | undefined {
  // A number or `true` is also an expression.
  const source = typeof found === 'string' ? found : JSON.stringify(found ?? null)
  const parsed: ExprResult<Program> = parse(source, { dialect: 'rule' })
  if (parsed.ok) return parsed.value
  const { line, column } = root.places(path) ?? { line: 1, column: 1 }
  // A quoted string begins one column later.
  const quoted = /["']/.test(root.text.split('\n')[line - 1]?.[column - 1] ?? '') ? 1 : 0
  const told = formatExprProblem(parsed.problem, source, { file: '', line, column: column + quoted })
  const [, atLine = '1', atColumn = '1', message = ''] = /^:(\d+):(\d+): (.*)$/s.exec(told) ?? []
  root.problems.push({ file: root.file, line: Number(atLine), column: Number(atColumn), message: oneLine(message) })
  return undefined
}

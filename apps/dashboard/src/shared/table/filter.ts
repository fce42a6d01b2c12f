import type { MetricStat } from './column.ts'
import { METRIC_STATS } from './column.ts'

/** The conditions of a filter of the table of runs. A run must satisfy all of them. */
export type Condition =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly field: FilterField; readonly text: string }
  | { readonly kind: 'is'; readonly label: 'star' | 'pin' | 'archived' }
  | {
      readonly kind: 'compare'
      readonly name: string
      readonly stat: MetricStat
      readonly op: CompareOp
      readonly value: string
    }

export type FilterField = 'status' | 'config' | 'freeze' | 'seed' | 'tag' | 'notes'
export type CompareOp = '<' | '<=' | '>' | '>=' | '=' | '!='

/** The fields of a run that a filter can test. */
export interface Filterable {
  readonly texts: readonly (string | null | undefined)[]
  field(name: FilterField): readonly string[]
  is(label: 'star' | 'pin' | 'archived'): boolean
  /** Returns the value of a parameter, or of a metric if no parameter has that name. */
  value(name: string, stat: MetricStat): string | number | boolean | null
}

/**
 * Parses a filter such as `digits status:running tag:good is:star lr>=0.01 val_loss.min<0.3 not:tag:old`. A word in quotes is plain text,
 * and so is a malformed condition.
 */
export function parseFilter(text: string): readonly { readonly condition: Condition; readonly isNegated: boolean }[] {
  return words(text).map(({ word, isQuoted }) => {
    if (isQuoted) return { condition: { kind: 'text', text: word.toLowerCase() }, isNegated: false }
    const isNegated = word.startsWith('not:') && word.length > 4
    return { condition: parseCondition(isNegated ? word.slice(4) : word), isNegated }
  })
}

/** Whether a run satisfies every condition. */
export function satisfies(run: Filterable, conditions: ReturnType<typeof parseFilter>): boolean {
  return conditions.every(({ condition, isNegated }) => holds(run, condition) !== isNegated)
}

/** Names of the metrics and parameters that a filter compares. */
export function comparedNames(
  conditions: ReturnType<typeof parseFilter>,
): readonly (Condition & { kind: 'compare' })[] {
  return conditions.flatMap(({ condition }) => (condition.kind === 'compare' ? [condition] : []))
}

function parseCondition(word: string): Condition {
  const compare = /^([^<>=!]+)(<=|>=|!=|<|>|=)(.+)$/.exec(word)
  if (compare !== null) {
    const [, left = '', op, value = ''] = compare
    const dot = left.lastIndexOf('.')
    const stat = METRIC_STATS.find((known) => known === left.slice(dot + 1))
    const name = stat !== undefined && dot > 0 ? left.slice(0, dot) : left
    // The pattern allows no other operator.
    return { kind: 'compare', name, stat: dot > 0 ? (stat ?? 'last') : 'last', op: op as CompareOp, value }
  }
  const field = /^(status|config|freeze|seed|tag|notes):(.*)$/.exec(word)
  // The pattern allows no other field; the same below.
  if (field !== null) return { kind: 'field', field: field[1] as FilterField, text: (field[2] ?? '').toLowerCase() }
  const label = /^is:(star|pin|archived)$/.exec(word)?.[1]
  if (label !== undefined) return { kind: 'is', label: label as 'star' | 'pin' | 'archived' }
  return { kind: 'text', text: word.toLowerCase() }
}

function holds(run: Filterable, condition: Condition): boolean {
  switch (condition.kind) {
    case 'text':
      return run.texts.some((text) => text?.toLowerCase().includes(condition.text) === true)
    case 'field':
      return run.field(condition.field).some((value) => value.toLowerCase().startsWith(condition.text))
    case 'is':
      return run.is(condition.label)
    case 'compare':
      return compares(run.value(condition.name, condition.stat), condition.op, condition.value)
    default:
      return condition satisfies never
  }
}

function compares(found: string | number | boolean | null, op: CompareOp, text: string): boolean {
  if (found === null) return false
  const wanted = Number(text)
  const isNumeric = typeof found === 'number' && text.trim() !== '' && !Number.isNaN(wanted)
  if (op === '=') return isNumeric ? found === wanted : String(found).toLowerCase() === text.toLowerCase()
  if (op === '!=') return isNumeric ? found !== wanted : String(found).toLowerCase() !== text.toLowerCase()
  if (!isNumeric) return false
  if (op === '<') return found < wanted
  if (op === '<=') return found <= wanted
  return op === '>' ? found > wanted : found >= wanted
}

function words(text: string): readonly { readonly word: string; readonly isQuoted: boolean }[] {
  const found: { word: string; isQuoted: boolean }[] = []
  for (const [, quoted, plain] of text.matchAll(/"([^"]*)"?|(\S+)/g)) {
    if (quoted !== undefined && quoted !== '') found.push({ word: quoted, isQuoted: true })
    else if (plain !== undefined) found.push({ word: plain, isQuoted: false })
  }
  return found
}

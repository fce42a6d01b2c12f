import type { Outcome } from '../plan/outcome.ts'
import { type SweepDraft, yamlText } from './draft.ts'

/**
 * Reads Hydra's multirun overrides, as typed after `--multirun`: `lr=0.1,0.01 model=a,b seed=range(1,5) wd=interval(0,0.1)`. An override
 * with one value applies to every trial.
 */
export function readHydraWords(text: string): Outcome<SweepDraft> {
  const words = splitOutside(text.trim(), ' ').filter((word) => !['', '-m', '--multirun'].includes(word))
  const isAboutHydra = (word: string): boolean => /^\+*hydra[./]/.test(word)
  const read = words.filter((word) => !isAboutHydra(word)).map(readWord)
  const problem = read.find((one) => typeof one === 'string')
  if (typeof problem === 'string') return { ok: false, message: problem }
  const known = read.filter((one) => typeof one !== 'string')
  const swept = known.filter(({ kind }) => kind !== 'one')
  if (swept.length === 0)
    return { ok: false, message: 'none of the overrides has more than one value, as in lr=0.1,0.01' }
  const hasRange = swept.some(({ kind }) => kind === 'range')
  return {
    ok: true,
    value: {
      parameters: swept.map(({ line }) => line),
      statics: known.filter(({ kind }) => kind === 'one').map(({ line }) => line),
      top: hasRange ? ['search: {method: random, trials: 20}   # or tpe, with an objective'] : ['grid: all'],
      notes: words.filter(isAboutHydra).map((word) => `${word} configures Hydra itself and is omitted`),
      style: 'words',
      command: ['python', 'train.py'],
    },
  }
}

/** Converts a parameter or an override to a config line, or returns the problem. */
function readWord(word: string): { readonly kind: Swept['kind']; readonly line: string } | string {
  const equals = word.indexOf('=')
  if (equals <= 0) return `"${word}" is not a Hydra override; use the form NAME=VALUE,VALUE`
  const [key, value] = [word.slice(0, equals).replace(/^\++/, ''), word.slice(equals + 1)]
  const swept = sweepOf(value)
  if (swept === undefined) return `"${word}": ${value} is not a sweep override that herd supports`
  return swept.kind === 'one'
    ? { kind: 'one', line: word }
    : { kind: swept.kind, line: `${yamlText(key)}: ${swept.text}` }
}

type Swept = { readonly kind: 'one' } | { readonly kind: 'list' | 'range'; readonly text: string }

function sweepOf(value: string): Swept | undefined {
  const [, name = '', inner = ''] = /^(\w+)\((.*)\)$/.exec(value) ?? []
  const parts = splitOutside(inner, ',').map((part) => part.trim())
  switch (name) {
    case '': {
      const values = splitOutside(value, ',')
      return values.length < 2 ? { kind: 'one' } : listOf(values)
    }
    case 'choice':
    case 'shuffle':
      return listOf(parts)
    case 'range':
      return rangeOf(parts)
    case 'interval':
      return intervalOf(parts, '')
    case 'tag':
      return parts[0] === 'log' ? logged(parts.slice(1).join(',')) : sweepOf(parts.at(-1) ?? '')
    case 'int':
      return wholeOf(parts.join(','))
    default:
      return { kind: 'one' }
  }
}

function listOf(values: readonly string[]): Swept {
  const texts = values.map((one) => (isNumber(one) ? one : yamlText(one.replace(/^(['"])(.*)\1$/, '$2'))))
  return { kind: 'list', text: `{type: discrete, values: [${texts.join(', ')}]}` }
}

// The end of Hydra's range is exclusive.
function rangeOf(parts: readonly string[]): Swept | undefined {
  const numbers = parts.map(Number)
  if (numbers.length === 0 || numbers.some((one) => !Number.isInteger(one))) return undefined
  const [from = 0, to = 0, step = 1] = numbers.length === 1 ? [0, ...numbers] : numbers
  if (step < 1 || to <= from) return undefined
  const high = from + Math.floor((to - 1 - from) / step) * step
  return { kind: 'list', text: `{type: int, low: ${from}, high: ${high}, step: ${step}}` }
}

function intervalOf(parts: readonly string[], more: string, type = 'continuous'): Swept | undefined {
  const [low = '', high = ''] = parts
  if (parts.length !== 2 || !isNumber(low) || !isNumber(high)) return undefined
  return { kind: 'range', text: `{type: ${type}, low: ${low}, high: ${high}${more}}` }
}

function logged(inner: string): Swept | undefined {
  const [, parts] = /^\s*interval\((.*)\)$/.exec(inner) ?? []
  return parts === undefined ? undefined : intervalOf(trimmed(parts), ', scale: log')
}

function wholeOf(inner: string): Swept | undefined {
  const [, log, parts] = /^\s*(?:(tag\(log,\s*))?interval\(([^)]*)\)+$/.exec(inner) ?? []
  return parts === undefined ? undefined : intervalOf(trimmed(parts), log === undefined ? '' : ', scale: log', 'int')
}

function trimmed(parts: string): readonly string[] {
  return parts.split(',').map((one) => one.trim())
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text))
}

/** Splits a string at separators that are outside brackets and quotes. */
function splitOutside(text: string, separator: ',' | ' '): readonly string[] {
  // A quoted string, an opening or closing bracket, or any one character.
  const pieces = text.match(/'[^']*'|"[^"]*"|[\s\S]/g) ?? []
  const parts = ['']
  let depth = 0
  for (const piece of pieces) {
    if (/^[([{]$/.test(piece)) depth++
    if (/^[)\]}]$/.test(piece)) depth--
    if (piece === separator && depth === 0) parts.push('')
    else parts[parts.length - 1] += piece
  }
  return parts
}

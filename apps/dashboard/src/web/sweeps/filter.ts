import { type Cell, STATES, type TrialState } from '../../shared/sweeps/sweep-wire.ts'
import type { DataAxis, SweepData } from './sweep-data.ts'

/** A range on an axis, from 0 to 1. */
export interface Brush {
  readonly low: number
  readonly high: number
}

/** Everything that filters trials. */
export interface TrialFilter {
  readonly brushes: ReadonlyMap<string, Brush>
  /** The numbers of the selected states; empty for all states. */
  readonly states: ReadonlySet<number>
  readonly terms: readonly Term[]
  /** The trials whose curves pass through a box; null if there is no box. */
  readonly inBox: ReadonlySet<number> | null
}

/** One term of the typed filter. */
export type Term =
  | { readonly kind: 'state'; readonly state: TrialState }
  | { readonly kind: 'index'; readonly indices: ReadonlySet<number> }
  | { readonly kind: 'compare'; readonly name: string; readonly op: Op; readonly value: string }

type Op = '<' | '<=' | '>' | '>=' | '=' | '!='

/** Parses a typed filter such as `lr>=0.01 optimizer=adam state:failed 3,7`. Unknown words are returned separately. */
export function readFilter(text: string): { readonly terms: readonly Term[]; readonly unknown: readonly string[] } {
  const terms: Term[] = []
  const unknown: string[] = []
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const term = readTerm(word)
    if (term === undefined) unknown.push(word)
    else terms.push(term)
  }
  return { terms, unknown }
}

function readTerm(word: string): Term | undefined {
  const state = STATES.find((one) => word === `state:${one}`)
  if (state !== undefined) return { kind: 'state', state }
  if (/^\d+(,\d+)*$/.test(word)) return { kind: 'index', indices: new Set(word.split(',').map(Number)) }
  const parts = /^([^<>=!]+)(<=|>=|!=|<|>|=)(.+)$/.exec(word)
  const [, name, op, value] = parts ?? []
  const known = OPS.find((one) => one === op)
  if (name === undefined || known === undefined || value === undefined) return undefined
  return { kind: 'compare', name, op: known, value }
}

const OPS: readonly Op[] = ['<=', '>=', '!=', '<', '>', '=']

/** Returns the positions of the trials that match, in the order of the data. */
export function passing(
  data: SweepData,
  axes: readonly DataAxis[],
  { brushes, states, terms, inBox }: TrialFilter,
): Int32Array {
  const ranges = axes.flatMap(({ key, heights }) => {
    const brush = brushes.get(key)
    return brush === undefined ? [] : [{ heights, ...brush }]
  })
  const tests = terms.map((term) => testOf(data, term))
  const found = new Int32Array(data.index.length)
  let count = 0
  for (let place = 0; place < found.length; place++) {
    if (states.size > 0 && !states.has(data.state[place] ?? -1)) continue
    if (inBox !== null && !inBox.has(data.index[place] ?? -1)) continue
    if (!ranges.every(({ heights, low, high }) => isWithin(heights[place] ?? Number.NaN, low, high))) continue
    if (!tests.every((test) => test(place))) continue
    found[count++] = place
  }
  return found.subarray(0, count)
}

// NaN is in no range.
function isWithin(height: number, low: number, high: number): boolean {
  return height >= low && height <= high
}

function testOf(data: SweepData, term: Term): (place: number) => boolean {
  if (term.kind === 'state') {
    const wanted = STATES.indexOf(term.state)
    return (place) => data.state[place] === wanted
  }
  if (term.kind === 'index') return (place) => term.indices.has(data.index[place] ?? -1)
  const column = columnOf(data, term.name)
  if (column === undefined) return () => false
  const number = Number(term.value)
  const isNumber = term.value.trim() !== '' && !Number.isNaN(number)
  return (place) => compare(column[place] ?? null, term.op, isNumber ? number : term.value)
}

function columnOf(data: SweepData, name: string): readonly Cell[] | undefined {
  if (name === 'value') return data.value
  if (name === 'step') return data.step
  return data.params.get(name)
}

function compare(cell: Cell, op: Op, value: number | string): boolean {
  if (cell === null) return op === '!='
  if (op === '=') return isSame(cell, value)
  if (op === '!=') return !isSame(cell, value)
  if (typeof cell !== 'number' || typeof value !== 'number') return false
  if (op === '<') return cell < value
  if (op === '<=') return cell <= value
  return op === '>' ? cell > value : cell >= value
}

function isSame(cell: string | number | boolean, value: number | string): boolean {
  if (typeof cell === 'number' && typeof value === 'number') {
    return Math.abs(cell - value) <= 1e-4 * Math.max(Math.abs(cell), Math.abs(value))
  }
  return String(cell).toLowerCase() === String(value).toLowerCase()
}

import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { isObject, parseJson } from '@hotcb/protocol'
import type { Trained } from './train.ts'

/** One training run of the bench. */
export interface Row extends Trained {
  readonly task: string
  readonly arm: string
  readonly seed: number
  /** Steps that it was allowed to compute. */
  readonly budget: number
  /** The language model that was asked. Rows without one had none, or a script in its place. */
  readonly model?: string
}

/** The rows of a file of JSON lines; a line that was cut is left out. */
export function readRows(path: string): readonly Row[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text) => {
      const parsed = parseJson(text)
      return parsed.ok && isRow(parsed.value) ? [parsed.value] : []
    })
}

/** Adds a row. One write: several processes may fill one file. */
export function keepRow(path: string, row: Row): void {
  appendFileSync(path, `${JSON.stringify(row)}\n`)
}

/** Ends a last line that was cut, so that the next row does not become part of it. */
export function endLastLine(path: string): void {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  if (text !== '' && !text.endsWith('\n')) appendFileSync(path, '\n')
}

/** By which a row is known. */
export function rowKey({
  task,
  arm,
  seed,
  budget,
  model = '',
}: Pick<Row, 'task' | 'arm' | 'seed' | 'budget' | 'model'>): string {
  return `${task} ${arm} ${seed} ${budget} ${model}`
}

const NUMBERS = ['seed', 'budget', 'loss', 'accuracy', 'steps', 'last', 'actions', 'seconds', 'usd', 'tokens'] as const

function isRow(value: unknown): value is Row {
  if (!isObject(value) || NUMBERS.some((name) => typeof value[name] !== 'number')) return false
  return typeof value['task'] === 'string' && typeof value['arm'] === 'string' && typeof value['weights'] === 'string'
}

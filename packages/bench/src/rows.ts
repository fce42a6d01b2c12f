import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { isObject, parseJson } from '@hotcb/protocol'
import type { Trained } from './train.ts'

/** One of the bench's training runs. */
export interface Row extends Trained {
  readonly task: string
  readonly arm: string
  readonly seed: number
  /** The number of steps that it was allowed to compute. */
  readonly budget: number
  /** The language model that was called. Rows without this field used no model, or a script instead of one. */
  readonly model?: string
}

/** Returns the rows in a JSON Lines file. An incomplete line is left out. */
export function readRows(path: string): readonly Row[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text) => {
      const parsed = parseJson(text)
      return parsed.ok && isRow(parsed.value) ? [parsed.value] : []
    })
}

/** Adds a row in a single write, because several processes may add to one file. */
export function keepRow(path: string, row: Row): void {
  appendFileSync(path, `${JSON.stringify(row)}\n`)
}

/** Ends an incomplete last line, so that the next row does not become part of it. */
export function endLastLine(path: string): void {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  if (text !== '' && !text.endsWith('\n')) appendFileSync(path, '\n')
}

/** Returns the key that identifies a row. */
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

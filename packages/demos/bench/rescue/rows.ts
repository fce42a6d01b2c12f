import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { Trained } from './training.ts'

/** A result with its cell and seed. */
export interface Row extends Trained {
  readonly cell: string
  readonly seed: number
  /** Computed steps. */
  readonly budget: number
}

/** The rows of a file of JSON lines; none if there is no file. */
export function readRows(path: string): Row[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row)
}

export function keepRow(path: string, row: Row): void {
  appendFileSync(path, `${JSON.stringify(row)}\n`)
}

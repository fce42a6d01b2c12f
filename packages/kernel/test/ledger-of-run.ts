import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const ledgerOf = (dir: string): string => join(dir, 'hotcb.applied.jsonl')

/** Lines of the ledger that can be read. */
export function linesIn(dir: string): Record<string, unknown>[] {
  return readFileSync(ledgerOf(dir), 'utf8')
    .split('\n')
    .flatMap((text) => {
      try {
        return [JSON.parse(text)]
      } catch {
        return []
      }
    })
}

export const answersTo = (dir: string, cid: string): Record<string, unknown>[] =>
  linesIn(dir).filter((line) => line['cid'] === cid)
export const attemptsIn = (dir: string): Record<string, unknown>[] =>
  linesIn(dir).filter((line) => line['op'] === 'attempt')

/** A ledger of another run, longer than ours. */
export function otherLedger(dir: string): string {
  const path = join(dir, 'other.jsonl')
  const line = { seq: 1, step: 1, module: 'opt', op: 'set_params', id: 'main', decision: 'applied', cid: 'z' }
  writeFileSync(path, `${JSON.stringify({ ...line, notes: 'x'.repeat(10_000) })}\n`)
  return path
}

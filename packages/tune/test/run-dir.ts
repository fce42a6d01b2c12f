import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LedgerLine } from '@hotcb/protocol'
import { onTestFinished } from 'vitest'
import { createTunerHistoryFold, type TunerHistory, type TunerHistoryFold } from '../src/index.ts'

const folds = new Map<string, { readonly fold: TunerHistoryFold; size: number; count: number }>()

/** A run directory for one test. */
export function runDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-tune-'))
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true })
    folds.delete(dir)
  })
  return dir
}

/** All lines of the ledger. */
export function ledger(dir: string): LedgerLine[] {
  return readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line))
} // biome-ignore format: one line

/** The tuner's history from the ledger. Tests call this at every step, so the file is read only if it has grown. */
export function storyAt(dir: string): TunerHistory {
  const { size } = statSync(join(dir, 'hotcb.applied.jsonl'))
  const known = folds.get(dir) ?? { fold: createTunerHistoryFold(), size: 0, count: 0 }
  folds.set(dir, known)
  if (size === known.size) return known.fold.story
  const lines = ledger(dir)
  for (const line of lines.slice(known.count)) known.fold.add(line)
  known.size = size
  known.count = lines.length
  return known.fold.story
}

/** The applied ledger lines of one of the tuner's own ops. */
export function own(dir: string, op: string): LedgerLine[] {
  return ledger(dir).filter((line) => line.module === 'tune' && line.op === op && line.decision === 'applied')
}

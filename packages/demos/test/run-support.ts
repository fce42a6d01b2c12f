import { appendFileSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LedgerLine, readLedgerLine } from '@hotcb/protocol'
import { onTestFinished } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import type { Screen } from '../src/index.ts'

/** A directory for the run of one test. */
export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-demo-'))
  onTestFinished(() => removeDirectory(dir))
  return dir
}

/** A screen that keeps the written text. */
export function paper(isTerminal = false): Screen & { text(): string } {
  let text = ''
  return {
    isTerminal,
    columns: () => 60,
    write: (more) => {
      text += more
    },
    text: () => text,
  }
}

/** Appends commands to a run, as another process would. */
export function command(dir: string, ...lines: readonly object[]): void {
  mkdirSync(dir, { recursive: true })
  for (const line of lines) appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(line)}\n`)
}

/** The lines of a run's ledger. */
export function ledger(dir: string): LedgerLine[] {
  return jsonLines(join(dir, 'hotcb.applied.jsonl')).map((value) => {
    const read = readLedgerLine(value)
    if (!read.ok) throw new Error(read.reason)
    return read.value
  })
}

/** The records of a run's metrics, without lines that are incomplete: the last one of a live run, or one that a kill cut off. */
export function metrics(dir: string): { step: number; metrics: Record<string, number | null> }[] {
  // The collector writes them, and has its own tests.
  return jsonLines(join(dir, 'hotcb.metrics.jsonl'), isJson) as {
    step: number
    metrics: Record<string, number | null>
  }[]
}

/** The document with this name in a run. */
export function document(dir: string, name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(dir, name), 'utf8')) as Record<string, unknown>
}

/** Whether a line is complete JSON. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function jsonLines(path: string, isWanted: (line: string) => boolean = Boolean): unknown[] {
  const lines = readFileSync(path, 'utf8').split('\n').filter(isWanted)
  return lines.map((line) => JSON.parse(line))
}

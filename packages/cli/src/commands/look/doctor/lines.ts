import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { readLines } from '@hotcb/journal'
import { parseJson, readCommand, readLedgerLine, runFiles } from '@hotcb/protocol'
import { showCount } from '../../../print/figures.ts'
import type { Run, RunFile } from '../../../run.ts'
import { type Finding, fine, noted, problem } from './check.ts'

/** Checks whether all lines in the streams are complete and valid. */
export function checkLines(run: Run): readonly Finding[] {
  return STREAMS.flatMap(([file, understand]) => {
    const path = run.path(file)
    const end = endOf(path)
    return end === undefined ? [] : [checkStream(runFiles[file], path, end, understand)]
  })
}

type Understand = (value: unknown) => string | undefined

const STREAMS: readonly (readonly [RunFile, Understand])[] = [
  ['commands', (value) => reasonOf(readCommand(value))],
  ['ledger', (value) => reasonOf(readLedgerLine(value))],
  ['metrics', () => undefined],
]

function reasonOf(result: { readonly ok: boolean; readonly reason?: string }): string | undefined {
  return result.ok ? undefined : result.reason
}

interface End {
  readonly size: number
  readonly isWhole: boolean
}

function checkStream(name: string, path: string, { size, isWhole }: End, understand: Understand): Finding {
  let count = 0
  let bad = 0
  let first = ''
  // Only the end of a very long file is checked. The first line read may be a fragment.
  const from = Math.max(0, size - MAX_BYTES)
  const take = (offset: number, reason: string): void => {
    if (bad === 0) first = `the first at byte ${showCount(offset)}: ${reason}`
    bad++
  }
  for (const { text, offset } of readLines(path, { from, onOversized: (line) => take(line.offset, 'over 16 MiB') })) {
    count++
    const parsed = parseJson(text)
    const reason = parsed.ok ? understand(parsed.value) : parsed.reason
    if (reason !== undefined && !(from > 0 && count === 1)) take(offset, reason)
  }
  const lines = `${name}: ${showCount(count)} line${count === 1 ? '' : 's'}`
  const torn = isWhole ? '' : '; the last one is incomplete'
  if (bad > 0) return problem('lines', `${lines}, ${showCount(bad)} invalid, ${first}${torn}`, REMEDY)
  if (!isWhole) {
    return noted(
      'lines',
      `${lines}${torn}`,
      'a writer was interrupted or is still writing; the next writer starts a new line',
    )
  }
  return fine('lines', lines)
}

const REMEDY = 'readers skip them; fix the program that wrote them'
const MAX_BYTES = 256 * 1024 * 1024

function endOf(path: string): End | undefined {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    // Unreadable files are reported by the permissions check.
    return undefined
  }
  try {
    const { size } = fstatSync(fd)
    const byte = Buffer.alloc(1)
    return { size, isWhole: size === 0 || (readSync(fd, byte, 0, 1, size - 1) === 1 && byte[0] === 0x0a) }
  } finally {
    closeSync(fd)
  }
}

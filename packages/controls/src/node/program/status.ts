import { join } from 'node:path'
import { readLastLines, readLines } from '@hotcb/journal'
import { queueFiles } from '../files.ts'
import { restyleJson } from '../json-text.ts'

/** What `runtimectl status` prints: how many commands and acks there are, and the last of these. */
export function statusText(dir: string, last: number): string {
  const acks = join(dir, queueFiles.acks)
  const shown = last === 0 ? [] : readLastLines(acks, last).flatMap(({ text }) => (isObjectText(text) ? [text] : []))
  const fields = [
    `"queue_dir": ${JSON.stringify(dir)}`,
    `"commands": ${count(join(dir, queueFiles.commands))}`,
    `"acks": ${count(acks)}`,
    `"last_acks": ${restyleJson(`[${shown.join(',')}]`, 2, 1)}`,
  ]
  return `{\n  ${fields.join(',\n  ')}\n}`
}

function count(path: string): number {
  let lines = 0
  for (const _ of readLines(path)) lines++
  return lines
}

function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text.replace(/-?\b(?:NaN|Infinity)\b/g, '0'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

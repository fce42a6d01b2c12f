import { join } from 'node:path'
import { readLastLines, readLines } from '@hotcb/journal'
import { isObject, parseJson } from '@hotcb/protocol'
import { queueFiles } from '../files.ts'
import { restyleJson } from '../json-text.ts'

/** Returns the output of `runtimectl status`: the number of commands and acks, and the last acks. */
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
  const parsed = parseJson(text)
  return parsed.ok && isObject(parsed.value)
}

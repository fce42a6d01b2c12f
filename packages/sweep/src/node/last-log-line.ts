import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readLastLines } from '@hotcb/journal'
import { printable } from '@hotcb/protocol'
import type { WorkspacePaths } from './paths.ts'

const LONGEST_LINE = 60

/**
 * Returns the last line that a trial printed, without control characters and truncated to the width of a table column; null if it printed
 * nothing.
 */
export function lastLogLine({ logs }: WorkspacePaths, i: number): string | null {
  const path = join(logs, `${i}.out`)
  if (!existsSync(path)) return null
  try {
    const text = readLastLines(path, 5)
      .map((line) => withoutEscapes(line.text))
      .findLast((line) => line.trim() !== '')
    if (text === undefined || text.startsWith('==== HyperHerd run:')) return null
    return text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE - 3)}...` : text
  } catch {
    return null
  }
}

function withoutEscapes(text: string): string {
  const parts = text.split('\u001b')
  const plain = parts.map((part, at) => (at === 0 ? part : part.replace(/^\[[0-9;?]*[A-Za-z]/, ''))).join('')
  // A progress bar overwrites its line, so only its last state is used.
  return printable(plain.split('\r').findLast((part) => part !== '') ?? '')
}

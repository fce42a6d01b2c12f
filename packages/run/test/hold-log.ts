import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHoldFold } from '../src/index.ts'

/** The log that these tests use. */
export const FILE = 'hotcb.notify.jsonl'

/** The texts of the valid lines of a log, and how many are void. */
export function validLines(dir: string): { readonly texts: readonly unknown[]; readonly voids: number } {
  const fold = createHoldFold()
  const lines = readFileSync(join(dir, FILE), 'utf8')
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text))
  const kinds = lines.map((line) => fold.take(line))
  return {
    texts: lines.filter((_, i) => kinds[i] === 'line').map(({ text }) => text),
    voids: kinds.filter((kind) => kind === 'void').length,
  }
}

import { join } from 'node:path'
import { readDocument, replaceDocument } from '@hotcb/journal'
import { isObject, parseJson } from '@hotcb/protocol'
import type { OpenAttempt, Usage } from '../../executor/executor.ts'
import { isEnd } from '../../journal/fold.ts'

const FILE = 'usage.json'

/**
 * Returns the usage of attempts that ended long ago, by `i-n`. It is stored because it never changes, and because the accounting needs
 * seconds to look up the steps of thousands of tasks.
 */
export function readKeptUsage(state: string): ReadonlyMap<string, Usage> {
  const parsed = parseJson(readDocument(join(state, FILE))?.text ?? '')
  if (!parsed.ok || !isObject(parsed.value)) return new Map()
  // Only this program writes the file. A damaged file is read as empty, and missing entries are queried again.
  return new Map(
    Object.entries(parsed.value).filter(([, one]) => isObject(one) && 'maxRssBytes' in one) as [string, Usage][],
  )
}

/** Stores usage that can no longer change. If the file cannot be written, the only effect is that the next call takes longer. */
export function keepUsage(
  state: string,
  kept: ReadonlyMap<string, Usage>,
  attempts: readonly OpenAttempt[],
  found: readonly Usage[],
  before: number,
): void {
  const settled = new Set(
    attempts.flatMap(({ i, n, seen, facts }) =>
      isEnd(seen) && facts.ended !== undefined && facts.ended < before ? [`${i}-${n}`] : [],
    ),
  )
  const added = found.filter(({ i, n }) => settled.has(`${i}-${n}`)).map((one) => [`${one.i}-${one.n}`, one] as const)
  if (added.length === 0) return
  try {
    replaceDocument(join(state, FILE), `${JSON.stringify(Object.fromEntries([...kept, ...added]))}\n`)
  } catch {
    // The disk is full, or the files belong to another user.
  }
}

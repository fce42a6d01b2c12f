import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readLastLines } from '@hotcb/journal'
import type { Workspace } from '@hotcb/sweep/node'

/** Returns the end of a trial's standard error, in the format that `snapshot` prints. */
export function errorTail({ paths }: Workspace, i: number, count: number): object {
  const path = join(paths.logs, `${i}.err`)
  if (!existsSync(path)) return { index: i, stderr_path: path, stderr_lines: null, stderr_truncated: false }
  const lines = readLastLines(path, count + 1).map(({ text }) => text)
  return {
    index: i,
    stderr_path: path,
    stderr_lines: lines.slice(Math.max(0, lines.length - count)),
    stderr_truncated: lines.length > count,
  }
}

import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceDocument } from '@hotcb/journal'
import { formatDocument, runFiles } from '@hotcb/protocol'
import type { TunerRecord } from '../story.ts'
import type { TuneFiles } from '../tuner.ts'

/**
 * Returns the tuner's files in a run directory. They are written only for readers: a restart rewrites them from the ledger.
 */
export function tuneFiles(runDir: string): TuneFiles {
  const path = (kind: TunerRecord['kind']): string =>
    join(runDir, kind === 'mutation' ? runFiles.tuneMutations : runFiles.tuneSegments)
  const text = (records: readonly TunerRecord[], kind: TunerRecord['kind']): string =>
    records.filter((one) => one.kind === kind).map(({ line }) => `${JSON.stringify(line)}\n`).join('') // biome-ignore format: one line
  return {
    begin(records, summary) {
      if (records.length === 0) return
      for (const kind of ['mutation', 'segment'] as const) replaceDocument(path(kind), text(records, kind))
      replaceDocument(join(runDir, runFiles.tuneSummary), formatDocument(summary))
    },
    add(records, summary) {
      for (const kind of ['mutation', 'segment'] as const) {
        const lines = text(records, kind)
        if (lines !== '') appendFileSync(path(kind), lines)
      }
      replaceDocument(join(runDir, runFiles.tuneSummary), formatDocument(summary))
    },
  }
}

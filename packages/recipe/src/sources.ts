import { type RecipeEntry, runFiles, type SourceCapture, show } from '@hotcb/protocol'
import type { EntryMismatch } from './fit.ts'

/** Returns the path of a captured source; null if it is missing. */
export type FindSource = (capture: SourceCapture) => string | null

/** Returns the captured source that an entry names; null if there is none. */
export function capturedSourceOf({ source_capture: capture }: RecipeEntry): SourceCapture | null {
  const { sha256, captured_path } = capture ?? {}
  return typeof sha256 === 'string' && typeof captured_path === 'string' ? { sha256, captured_path } : null
}

/** Finds the entries whose captured source is missing, so that a replay could not run the same code. */
export function missingSources(entries: readonly RecipeEntry[], find: FindSource): readonly EntryMismatch[] {
  return entries.flatMap((entry, index) => {
    const capture = capturedSourceOf(entry)
    if (capture === null || find(capture) !== null) return []
    const path = show(capture.captured_path, 200)
    const right = `the folder \`${runFiles.sources}\` of its run must be next to the recipe or in this run`
    return [{ index, key: null, reason: `\`source_capture.captured_path\` ${path}: the file does not exist: ${right}` }]
  })
}

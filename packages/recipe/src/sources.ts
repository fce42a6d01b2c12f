import { type RecipeEntry, runFiles, type SourceCapture, show } from '@hotcb/protocol'
import type { Misfit } from './fit.ts'

/** Where a captured source is; null where it is nowhere. */
export type FindSource = (capture: SourceCapture) => string | null

/** The captured source that an entry names; null where it names none. */
export function sourceOf({ source_capture: capture }: RecipeEntry): SourceCapture | null {
  const { sha256, captured_path } = capture ?? {}
  return typeof sha256 === 'string' && typeof captured_path === 'string' ? { sha256, captured_path } : null
}

/** The entries whose captured source is nowhere: a replay could not run what ran. */
export function missingSources(entries: readonly RecipeEntry[], find: FindSource): readonly Misfit[] {
  return entries.flatMap((entry, index) => {
    const capture = sourceOf(entry)
    if (capture === null || find(capture) !== null) return []
    const path = show(capture.captured_path, 200)
    const right = `the folder \`${runFiles.sources}\` of its run must be beside the recipe or in this run`
    return [{ index, key: null, reason: `\`source_capture.captured_path\` ${path}: there is no such file: ${right}` }]
  })
}

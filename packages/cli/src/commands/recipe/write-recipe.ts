import type { RecipeEntry } from '@hotcb/protocol'
import { type FindSource, formatRecipe } from '@hotcb/recipe'
import { copySources } from './captured-sources.ts'
import { pathToWrite, writeTarget } from './target-file.ts'

/** The target of a recipe. */
export interface RecipeTarget {
  readonly dir: string
  /** The target as the user typed it; `-` is standard output. */
  readonly out: string
  /** Whether the recipe is part of a JSON answer and no file is written. */
  readonly isInline: boolean
  readonly findSource: FindSource
}

/**
 * Writes a recipe and, next to it, the captured sources that it names.
 *
 * @returns The file, or null for standard output, and notes for the user.
 * @throws CommandError `refused` when something cannot be written.
 */
export function writeRecipe(
  entries: readonly RecipeEntry[],
  { dir, out, isInline, findSource }: RecipeTarget,
): { readonly path: string | null; readonly notes: readonly string[] } {
  // Sources are written first, so that the recipe never refers to a missing file.
  const notes = copySources(entries, out === '-' ? null : pathToWrite(dir, out), findSource)
  return { path: isInline ? null : writeTarget(dir, out, formatRecipe(entries)), notes }
}

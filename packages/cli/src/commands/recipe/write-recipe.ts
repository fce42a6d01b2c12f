import type { RecipeEntry } from '@hotcb/protocol'
import { type FindSource, formatRecipe } from '@hotcb/recipe'
import { copySources } from './captured-sources.ts'
import { pathToWrite, writeTarget } from './target-file.ts'

/** Where a recipe goes. */
export interface RecipeTarget {
  readonly dir: string
  /** As it was typed: `-` is standard output. */
  readonly out: string
  /** The recipe is part of an answer in JSON: nothing is written. */
  readonly isInline: boolean
  readonly findSource: FindSource
}

/**
 * Writes a recipe, and the captured sources that it names beside it.
 *
 * @returns The file; null for standard output. And what a person should know.
 * @throws CommandError `refused` when something cannot be written.
 */
export function writeRecipe(
  entries: readonly RecipeEntry[],
  { dir, out, isInline, findSource }: RecipeTarget,
): { readonly path: string | null; readonly notes: readonly string[] } {
  // Sources first: a recipe never names what is not there yet.
  const notes = copySources(entries, out === '-' ? null : pathToWrite(dir, out), findSource)
  return { path: isInline ? null : writeTarget(dir, out, formatRecipe(entries)), notes }
}

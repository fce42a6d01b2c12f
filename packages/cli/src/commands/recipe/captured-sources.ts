import { cpSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { placesOfSource, type RecipeEntry, runFiles, type SourceCapture, show } from '@hotcb/protocol'
import { capturedSourceOf, type FindSource } from '@hotcb/recipe'
import { cannot } from '../../run.ts'
import { isSpecial } from './target-file.ts'

/**
 * Searches for captured sources in the same places as the run's trainer.
 *
 * @param recipe The recipe's file; `stdin`, or a name that is not a file, has no folder.
 */
export function sourceFinder(dir: string, recipe: string): FindSource {
  const bases = { run: dir, working: '.', recipe: isFile(recipe) ? dirname(recipe) : null }
  return (capture) => placesOfSource(capture, bases).find(isFile) ?? null
}

/**
 * Copies the captured sources that a recipe names to the folder `hotcb.sources` next to it, so that it can be replayed from
 * there. Sources that are already there are not copied again.
 *
 * @param target The file to which the recipe is written; null for standard output.
 * @returns Notes for the user: sources that were not copied.
 * @throws CommandError `refused` when a file cannot be copied.
 */
export function copySources(
  entries: readonly RecipeEntry[],
  target: string | null,
  find: FindSource,
): readonly string[] {
  const captures = new Map(
    entries.flatMap((entry) => {
      const capture = capturedSourceOf(entry)
      return capture === null ? [] : [[capture.captured_path, capture] as const]
    }),
  )
  if (captures.size === 0) return []
  if (target === null || isSpecial(target)) {
    return [`the recipe refers to captured sources: keep the run's \`${runFiles.sources}\` folder next to it`]
  }
  return [...captures.values()].flatMap((capture) => copySource(capture, dirname(target), find(capture)))
}

function copySource(capture: SourceCapture, folder: string, found: string | null): readonly string[] {
  const { captured_path: path } = capture
  if (found === null)
    return [`captured source ${show(path)} is not in this run: a replay of the recipe would be refused`]
  const stored = storedParts(capture)
  // The path was written by a foreign kernel, which does not use a source store.
  if (stored === null)
    return [`captured source ${show(path)} was not copied: the recipe refers to its original location`]
  const parts = found.split(/[\\/]/)
  const from = parts.slice(0, parts.length - stored.inside).join(sep)
  const to = join(folder, runFiles.sources, stored.name)
  try {
    if (isSame(from, to)) return []
    cpSync(from, to, { recursive: true })
  } catch (error) {
    throw cannot(`copy the captured source \`${from}\` to \`${to}\``, error)
  }
  return []
}

/** Returns the name of a file or folder in a store, and the number of path segments inside that folder. */
function storedParts({
  captured_path,
  sha256,
}: SourceCapture): { readonly name: string; readonly inside: number } | null {
  const parts = captured_path.split('/')
  const at = parts.findIndex((part) => part === sha256 || part.startsWith(`${sha256}.`))
  const name = parts[at]
  return name === undefined || parts.includes('..') ? null : { name, inside: parts.length - 1 - at }
}

function isSame(from: string, to: string): boolean {
  const there = statSync(to, { throwIfNoEntry: false }) !== undefined
  return resolve(from) === resolve(to) || (there && realpathSync(from) === realpathSync(to))
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

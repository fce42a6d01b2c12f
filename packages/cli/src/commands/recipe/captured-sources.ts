import { cpSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { placesOfSource, type RecipeEntry, runFiles, type SourceCapture, show } from '@hotcb/protocol'
import { type FindSource, sourceOf } from '@hotcb/recipe'
import { cannot } from '../../run.ts'
import { isSpecial } from './target-file.ts'

/**
 * Looks for captured sources as a trainer of the run would.
 *
 * @param recipe The recipe's file; `stdin` or a name that is no file has no folder.
 */
export function sourceFinder(dir: string, recipe: string): FindSource {
  const bases = { run: dir, working: '.', recipe: isFile(recipe) ? dirname(recipe) : null }
  return (capture) => placesOfSource(capture, bases).find(isFile) ?? null
}

/**
 * Copies the captured sources that a recipe names into the folder `hotcb.sources` beside it, so that it can be replayed from
 * there. Nothing is copied where they are there already.
 *
 * @param target The file that the recipe is written to; null for standard output.
 * @returns What a person should know: sources that were not copied.
 * @throws CommandError `refused` when a file cannot be copied.
 */
export function copySources(
  entries: readonly RecipeEntry[],
  target: string | null,
  find: FindSource,
): readonly string[] {
  const captures = new Map(
    entries.flatMap((entry) => {
      const capture = sourceOf(entry)
      return capture === null ? [] : [[capture.captured_path, capture] as const]
    }),
  )
  if (captures.size === 0) return []
  if (target === null || isSpecial(target)) {
    return [`the recipe names captured sources: keep \`${runFiles.sources}\` of the run beside it`]
  }
  return [...captures.values()].flatMap((capture) => copySource(capture, dirname(target), find(capture)))
}

function copySource(capture: SourceCapture, folder: string, found: string | null): readonly string[] {
  const { captured_path: path } = capture
  if (found === null) return [`captured source ${show(path)} is not in this run: a replay of the recipe is refused`]
  const stored = storedParts(capture)
  // Another kernel's path, which is not one of a store.
  if (stored === null) return [`captured source ${show(path)} is not copied: it stays where it is`]
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

/** Its name in a store, of a file or a folder, and how many parts of the path lie in that folder. */
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

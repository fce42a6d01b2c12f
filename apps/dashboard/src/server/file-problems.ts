import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { AllowedFolders, TailLine } from '@hotcb/journal'
import { messageOf, runFiles } from '@hotcb/protocol'
import { stampOf } from './run-files.ts'

/** Collects the problems with one run's files, by file. A problem with one run must not affect other runs. */
export class FileProblems {
  readonly #problems: Map<string, string> = new Map()

  /** Returns all problems in one line; null if there are none. */
  get text(): string | null {
    return this.#problems.size === 0 ? null : [...new Set(this.#problems.values())].join('; ')
  }

  /** Runs a check of a file. The text that it returns, or the error that it throws, becomes the problem of that file. */
  async during(name: string, look: () => Promise<string | null>): Promise<void> {
    const problem = await look().catch(messageOf)
    if (problem === null) this.#problems.delete(name)
    else this.#problems.set(name, problem)
  }
}

/**
 * Returns the problem with a line file at whose end no valid line was found; null if the file is empty, or its first line is
 * incomplete.
 *
 * @param maxBytes How many bytes at the end were read.
 */
export function uselessEnd(path: string, size: number, lines: readonly TailLine[], maxBytes: number): string | null {
  return lines.length > 0 || size > maxBytes ? `\`${path}\` does not end with a valid line` : null
}

/**
 * Returns the problems with the files that a row does not read. Each must be a readable regular file inside the allowed folders,
 * or absent.
 */
export async function problemOfOthers(dir: string, within: AllowedFolders): Promise<string | null> {
  const problems = await Promise.all(OTHERS.map((name) => problemOf(join(dir, name), within)))
  const named = [...new Set(problems.filter((problem) => problem !== null))]
  return named.length === 0 ? null : named.join('; ')
}

async function problemOf(path: string, within: AllowedFolders): Promise<string | null> {
  try {
    const { stamp } = await stampOf(path, within)
    if (stamp !== '') await access(path, constants.R_OK)
    return null
  } catch (error) {
    return messageOf(error)
  }
}

const OTHERS: readonly string[] = [
  runFiles.commands,
  runFiles.actuators,
  runFiles.capabilities,
  runFiles.features,
  runFiles.log,
]

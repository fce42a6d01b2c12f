import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { AllowedFolders, TailLine } from '@hotcb/journal'
import { messageOf, runFiles } from '@hotcb/protocol'
import { stampOf } from './run-files.ts'

/** The problems with the files of one run, by file. They must not affect other runs. */
export class FileProblems {
  readonly #problems: Map<string, string> = new Map()

  /** All of them in one line; null when there is none. */
  get text(): string | null {
    return this.#problems.size === 0 ? null : [...new Set(this.#problems.values())].join('; ')
  }

  /** Runs a check of a file. What it returns, or throws, is the problem of that file. */
  async during(name: string, look: () => Promise<string | null>): Promise<void> {
    const problem = await look().catch(messageOf)
    if (problem === null) this.#problems.delete(name)
    else this.#problems.set(name, problem)
  }
}

/**
 * The problem of a file of lines of which the end was read and no line understood; null if it has not been written to, or
 * its first line is not whole yet.
 *
 * @param maxBytes So much of the end was read.
 */
export function uselessEnd(path: string, size: number, lines: readonly TailLine[], maxBytes: number): string | null {
  return lines.length > 0 || size > maxBytes ? `\`${path}\` ends in nothing that can be read` : null
}

/** The problems of files that a row does not read: each must be a regular file inside that we may read, or not be there. */
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

import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { readDocument } from '@hotcb/journal'
import { messageOf } from '@hotcb/protocol'
import { LaunchError } from '../launch-error.ts'
import { readOptionFile } from '../option-file.ts'
import type { LaunchOptions } from '../options.ts'

const NAMES = ['hotcb.launch.yaml', 'hotcb.launch.json']

/**
 * Finds the config file in a directory: `hotcb.launch.yaml` or `hotcb.launch.json`; undefined if there is none. A broken link counts too,
 * because reading it reports the problem.
 *
 * @throws {@link LaunchError} `bad-option` if both exist.
 */
export function findConfigFile(dir: string): string | undefined {
  const found = NAMES.map((name) => (dir === '.' ? name : join(dir, name))).filter(
    (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined,
  )
  if (found.length > 1) {
    const both = found.map((path) => `\`${path}\``).join(' and ')
    throw new LaunchError(
      'bad-option',
      `there are two config files, ${both}: remove one, or choose one with \`--config-file\``,
    )
  }
  return found[0]
}

/** @throws {@link LaunchError} `bad-option` for a file that is missing or invalid. */
export function readConfigFile(path: string): LaunchOptions {
  const read = readOptionFile(textOf(path), path)
  if (!read.ok) throw new LaunchError('bad-option', read.reason)
  return read.value
}

function textOf(path: string): string {
  let document: { readonly text: string } | null
  try {
    document = readDocument(path)
  } catch (error) {
    throw new LaunchError('bad-option', messageOf(error), { cause: error })
  }
  if (document === null) throw new LaunchError('bad-option', `the config file \`${path}\` does not exist`)
  return document.text
}

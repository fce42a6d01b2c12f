import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '@hotcb/protocol'
import { LaunchError } from '../launch-error.ts'
import { readOptionFile } from '../option-file.ts'
import type { LaunchOptions } from '../options.ts'

/** Names of config files, the first that is there counts. */
const NAMES = ['hotcb.launch.yaml', 'hotcb.launch.json']

/** The config file of a directory, if it has one. */
export function findConfigFile(dir: string): string | undefined {
  return NAMES.map((name) => (dir === '.' ? name : join(dir, name))).find((path) => existsSync(path))
}

/** @throws {@link LaunchError} `bad-option` for a file that is missing or has a mistake. */
export function readConfigFile(path: string): LaunchOptions {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new LaunchError('bad-option', `cannot read the config file \`${path}\`: ${messageOf(error)}`, {
      cause: error,
    })
  }
  const read = readOptionFile(text, path)
  if (!read.ok) throw new LaunchError('bad-option', read.reason)
  return read.value
}

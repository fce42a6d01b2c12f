import { createHash, createHmac, randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, realpathSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errnoOf } from '@hotcb/journal'
import { privacyProblem, stateDirectory } from '@hotcb/run/node'
import type { Authenticate } from '../button.ts'

/**
 * Computes codes with a key that belongs to this machine's user. The key is created when it is first needed: `notify.key` with mode 0600 in
 * `$XDG_STATE_HOME/hotcb` or `~/.local/state/hotcb`.
 *
 * @throws Error if others can read the key, or it can be neither read nor created.
 */
export function openMachineKey(env: Readonly<Record<string, string | undefined>>): Authenticate {
  const key = readKey(stateDirectory(env))
  return (text) => createHmac('sha256', key).update(text).digest('base64url')
}

/** Returns a short name for a run, for use in buttons. It is always the same for the same directory on one machine. */
export function runTag(runDir: string): string {
  return createHash('sha256').update(realpathSync(runDir)).digest('hex').slice(0, 8)
}

function readKey(dir: string): Buffer {
  const path = join(dir, 'notify.key')
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  for (let tries = 0; ; tries++) {
    try {
      const problem = privacyProblem(path)
      if (problem !== null) throw new Error(problem)
      const key = readFileSync(path)
      if (key.length < KEY_BYTES)
        throw new Error(`\`${path}\` is too short for a key: remove it, and a new one will be created`)
      return key
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || tries > 3) throw error
      makeKey(path)
    }
  }
}

const KEY_BYTES = 32

/** Creates the key completely or not at all. If two processes create it at the same time, both use the first one. */
function makeKey(path: string): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(temporary, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx' })
  try {
    linkSync(temporary, path)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  } finally {
    unlinkSync(temporary)
  }
}

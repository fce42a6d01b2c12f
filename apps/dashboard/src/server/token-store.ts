import { statSync } from 'node:fs'
import { messageOf } from '@hotcb/protocol'
import type { Credential, Credentials } from './credentials.ts'
import { readTokenFile } from './token-file.ts'

/**
 * Opens a token file, and returns a function that returns its current credentials. A removed token stops working within a second, without a
 * restart. While the file cannot be used, no token is accepted, and `warn` has received the reason.
 *
 * @throws TokenFileError if the file cannot be used at the start.
 */
export function openTokenStore(path: string, warn: (message: string) => void): Credentials {
  let stamp = stampOf(path)
  let known = load(path)
  let lookedMs = performance.now()
  function refresh(): void {
    if (performance.now() - lookedMs < LOOK_MS) return
    lookedMs = performance.now()
    const now = stampOf(path)
    if (now === stamp) return
    stamp = now
    try {
      known = load(path)
    } catch (error) {
      known = []
      warn(`no token is accepted: ${messageOf(error)}`)
    }
  }
  return () => {
    refresh()
    return known
  }
}

function load(path: string): readonly Credential[] {
  return readTokenFile(path).map(({ user, role, hash }) => ({ person: { user, role }, hash }))
}

function stampOf(path: string): string {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path)
    return `${dev}.${ino}.${size}.${mtimeMs}.${ctimeMs}`
  } catch {
    // The read that follows fails the same way and reports it.
    return ''
  }
}

const LOOK_MS = 500

import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { openAppender, readLines } from '@hotcb/journal'
import { isObject, messageOf, ok, parseJson, type Result, refused } from '@hotcb/protocol'

/**
 * Binds a key to the host that it is first used with. Otherwise, anyone who can write a run's config could have the key sent anywhere. The
 * file contains only a fingerprint, which does not reveal the key.
 */
export function bindKey(path: string, key: string, host: string): Result<string> {
  const print = createHash('sha256').update(`hotcb ai key ${key}`).digest('hex').slice(0, 24)
  try {
    const bound = hostIn(path, print) ?? bind(path, print, host)
    if (bound === host) return ok(host)
    return refused(
      `the key was first used with \`${bound}\` and is not sent to \`${host}\`; use a different key, or remove its line from \`${path}\``,
    )
  } catch (error) {
    return refused(`the key is not sent, because its host cannot be recorded: ${messageOf(error)}`)
  }
}

function bind(path: string, key: string, host: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const appender = openAppender(path)
  try {
    const trouble = appender.append(`${JSON.stringify({ key, host })}\n`)
    if (trouble !== null) throw new Error(trouble.message)
  } finally {
    appender.close()
  }
  // If two processes bind the key at the same time, the first line is used.
  return hostIn(path, key) ?? host
}

function hostIn(path: string, key: string): string | undefined {
  for (const { text } of readLines(path)) {
    const parsed = parseJson(text)
    if (!parsed.ok || !isObject(parsed.value) || parsed.value['key'] !== key) continue
    return String(parsed.value['host'])
  }
  return undefined
}

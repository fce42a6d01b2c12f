import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { errnoOf } from '@hotcb/journal'
import { ok, type Result, refused } from '@hotcb/protocol'
import type { SecretSource } from '../secret-source.ts'

/** A secret that only `reveal` returns. If it is printed, logged or written as JSON, it appears as `[secret]`. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** Returns the secret. It must be used only in a request. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }
}

/** Keeps all secrets that were read, so that they can be removed from messages. */
export interface SecretStore {
  /** Reads a secret. If that fails, the reason states where the secret should be, never its value. */
  read(source: SecretSource): Result<Secret>
  /** Removes every secret that was read from a string, in any of its written forms. */
  scrub(text: string): string
}

export function openSecretStore(env: Readonly<Record<string, string | undefined>>): SecretStore {
  const forms = new Set<string>()
  const keep = (value: string): Result<Secret> => {
    for (const form of formsOf(value)) forms.add(form)
    return ok(new Secret(value))
  }
  return {
    read(source) {
      if (source.from === 'file') {
        const read = readPrivateText(source.path)
        return read.ok ? keep(read.value) : read
      }
      const value = env[source.name]?.trim() ?? ''
      return value === '' ? refused(`the environment variable \`${source.name}\` is not set`) : keep(value)
    },
    scrub(text) {
      let clean = text
      // The longest form comes first, because it may contain a shorter one.
      for (const form of [...forms].sort((a, b) => b.length - a.length)) clean = clean.replaceAll(form, '[secret]')
      return clean
    },
  }
}

// Shorter secrets are not removed, because they would match parts of ordinary words.
const LEAST_LENGTH = 4

/**
 * Returns the forms in which a secret may appear in other programs' messages: as plain text, in an address, in a
 * header, and as parts of an address.
 */
function formsOf(value: string): readonly string[] {
  const pieces = URL.canParse(value) ? new URL(value).pathname.split('/').filter((piece) => piece.length >= 8) : []
  const all = [value, ...pieces].flatMap((one) => [
    one,
    encodeURIComponent(one),
    Buffer.from(one).toString('base64'),
    JSON.stringify(one).slice(1, -1),
  ])
  return all.filter((one) => one.length >= LEAST_LENGTH)
}

/** Returns why a file is not private to its owner, in one line; null if it is. Windows has no such permissions. */
export function privacyProblem(path: string): string | null {
  const stats = statSync(path)
  if (process.platform === 'win32' || process.getuid === undefined) return null
  if (!stats.isFile()) return `\`${path}\` is not a regular file`
  const owner = process.getuid()
  if (stats.uid !== owner && stats.uid !== 0) return `\`${path}\` belongs to another user: it must be your own`
  const mode = stats.mode & 0o777
  if ((mode & 0o077) === 0) return null
  return `\`${path}\` can be read or written by others (mode ${mode.toString(8).padStart(4, '0')}): make it private with \`chmod 600\``
}

function readPrivateText(path: string): Result<string> {
  const full = path.replace(/^~(?=\/)/, homedir())
  try {
    const problem = privacyProblem(full)
    if (problem !== null) return refused(problem)
    const text = readFileSync(full, 'utf8').trim()
    return text === '' ? refused(`\`${path}\` is empty: it must contain the secret`) : ok(text)
  } catch (error) {
    const code = errnoOf(error)
    return refused(code === 'ENOENT' ? `the file \`${path}\` does not exist` : `\`${path}\` cannot be read (${code})`)
  }
}

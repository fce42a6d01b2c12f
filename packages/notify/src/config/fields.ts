import { didYouMean, isObject, show } from '@hotcb/protocol'
import type { YamlPath } from '@hotcb/protocol/yaml'
import type { Duration, SecretSource } from '../types.ts'
import { readSpan } from './span.ts'

/** Collects the problems in a document, each with its position. */
export interface Problems {
  add(path: YamlPath, message: string, of?: 'key' | 'value'): void
}

/** Reads the fields of one mapping. Problems are collected, and an invalid value is replaced with one of the right type. */
export class ConfigFields {
  readonly #value: Readonly<Record<string, unknown>>
  readonly path: YamlPath
  readonly #problems: Problems

  constructor(value: unknown, path: YamlPath, problems: Problems) {
    this.path = path
    this.#problems = problems
    this.#value = isObject(value) ? value : {}
    if (!isObject(value)) this.refuse(null, `${this.#here} must be a mapping, got ${show(value)}`)
  }

  /** Rejects unknown keys. */
  allow(known: readonly string[]): void {
    for (const key of Object.keys(this.#value)) {
      if (known.includes(key)) continue
      const hint = didYouMean(key, known, `choose from ${known.join(', ')}`)
      this.#problems.add([...this.path, key], `${this.#here} has no field \`${key}\`: ${hint}`, 'key')
    }
  }

  /** @param place A field, or a path below it; null for the mapping itself. */
  refuse(place: string | YamlPath | null, message: string): void {
    const below = place === null ? [] : typeof place === 'string' ? [place] : place
    this.#problems.add([...this.path, ...below], message)
  }

  keys(): readonly string[] {
    return Object.keys(this.#value)
  }

  raw(key: string): unknown {
    return this.#value[key] ?? undefined
  }

  has(key: string): boolean {
    return this.raw(key) !== undefined
  }

  /** Returns the fields of a nested mapping; empty if it is missing. */
  nested(key: string): ConfigFields {
    return new ConfigFields(this.raw(key) ?? {}, [...this.path, key], this.#problems)
  }

  /** Returns the entries of a list of mappings. */
  list(key: string): readonly ConfigFields[] {
    const value = this.raw(key)
    if (value === undefined) return []
    if (!Array.isArray(value)) {
      this.refuse(key, `\`${key}\` must be a list, got ${show(value)}`)
      return []
    }
    return value.map((item, i) => new ConfigFields(item, [...this.path, key, i], this.#problems))
  }

  text(key: string, absent?: string): string {
    const value = this.raw(key)
    if (typeof value === 'string' && value !== '') return value
    if (value === undefined && absent !== undefined) return absent
    this.refuse(
      key,
      value === undefined ? `${this.#here} needs \`${key}\`` : `\`${key}\` must be text, got ${show(value)}`,
    )
    return ''
  }

  /** Reads a string, or a whole number, which becomes a string: IDs of users and chats. */
  id(key: string): string {
    const value = this.raw(key)
    return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : this.text(key)
  }

  flag(key: string, absent: boolean): boolean {
    const value = this.raw(key)
    if (value === undefined) return absent
    if (typeof value !== 'boolean') this.refuse(key, `\`${key}\` must be true or false, got ${show(value)}`)
    return value === true
  }

  number(key: string, absent: number | null, least: number = Number.NEGATIVE_INFINITY): number | null {
    const value = this.raw(key)
    if (value === undefined) return absent
    if (typeof value === 'number' && Number.isFinite(value) && value >= least) return value
    const wanted = least === Number.NEGATIVE_INFINITY ? 'a number' : `a number of at least ${least}`
    this.refuse(key, `\`${key}\` must be ${wanted}, got ${show(value)}`)
    return absent
  }

  oneOf<Word extends string>(key: string, words: readonly Word[], absent?: Word): Word | undefined {
    const value = this.raw(key)
    if (value === undefined && absent !== undefined) return absent
    const found = words.find((word) => word === value)
    if (found !== undefined) return found
    if (value === undefined) this.refuse(key, `${this.#here} needs \`${key}\`: one of ${words.join(', ')}`)
    else {
      const known = `choose from ${words.join(', ')}`
      const hint = typeof value === 'string' ? didYouMean(value, words, known) : known
      this.refuse(key, `\`${key}\` cannot be ${show(value)}: ${hint}`)
    }
    return undefined
  }

  /** Reads one string or a list of strings. In a list of IDs, numbers become strings. */
  texts(key: string): readonly string[] {
    const value = this.raw(key)
    const items: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value]
    return items.flatMap((item, i) => {
      if (typeof item === 'string' && item !== '') return [item]
      if (typeof item === 'number' && Number.isSafeInteger(item)) return [String(item)]
      this.refuse([key, ...(Array.isArray(value) ? [i] : [])], `\`${key}\` must contain text, got ${show(item)}`)
      return []
    })
  }

  span(key: string, absent: Duration): Duration {
    const value = this.raw(key)
    if (value === undefined) return absent
    const read = readSpan(value)
    if (read.ok) return read.value
    this.refuse(key, `\`${key}\` ${read.reason}`)
    return absent
  }

  /** Returns the source of a secret. A value without `env:` or `file:` may be the secret itself, so messages never repeat it. */
  secret(key: string): SecretSource {
    const value = this.raw(key)
    if (value === undefined) this.refuse(key, `${this.#here} needs \`${key}\`: ${SECRET_FORM}`)
    const [, from, rest] = (typeof value === 'string' && /^(env|file):(.+)$/.exec(value)) || []
    if (from === 'env' && rest !== undefined && /^[A-Za-z_][A-Za-z0-9_]*$/.test(rest)) return { from, name: rest }
    if (from === 'file' && rest !== undefined) return { from, path: rest }
    if (value !== undefined) this.refuse(key, `\`${key}\` is a secret and must not be written here: ${SECRET_FORM}`)
    return { from: 'env', name: '' }
  }

  get #here(): string {
    const last = this.path.at(-1)
    return last === undefined ? 'the file' : typeof last === 'number' ? `rule ${last + 1}` : `\`${last}\``
  }
}

const SECRET_FORM = 'write `env:NAME`, or `file:PATH` for a file with mode 0600'

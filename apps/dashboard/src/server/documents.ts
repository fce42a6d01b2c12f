import { readFile, stat } from 'node:fs/promises'
import { parseJson } from '@hotcb/protocol'
import { confine } from './confine.ts'
import { errnoOf } from './errno.ts'

/** A small JSON file that is replaced by rename; read again only when it changed. */
export class WatchedDocument {
  readonly path: string
  readonly #roots: readonly string[]
  #stamp = ''
  #text: string | undefined
  #value: unknown
  #problem: string | undefined
  #modifiedMs = 0

  /** @param roots A link is followed only to what lies below one of these. */
  constructor(path: string, roots: readonly string[]) {
    this.path = path
    this.#roots = roots
  }

  /** What it held when last read whole; undefined when there is none. */
  get value(): unknown {
    return this.#value
  }

  /** Why what is there now cannot be read. */
  get problem(): string | undefined {
    return this.#problem
  }

  get text(): string | undefined {
    return this.#text
  }

  /** When it was written last, in epoch milliseconds; 0 when it is not there. */
  get modifiedMs(): number {
    return this.#modifiedMs
  }

  /** Looks at the file; true when it changed. A torn or unreadable document keeps the last good value. */
  async refresh(): Promise<boolean> {
    try {
      const real = (await confine(this.path, this.#roots)) ?? this.path
      const stats = await stat(real)
      const stamp = `${stats.ino}:${stats.size}:${stats.mtimeMs}`
      if (stamp === this.#stamp) return false
      this.#modifiedMs = stats.mtimeMs
      if (stats.size > LARGEST) return this.#refuse(stamp, `\`${this.path}\` is larger than ${LARGEST} bytes`)
      const text = await readFile(real, 'utf8')
      this.#stamp = stamp
      this.#text = text
      const parsed = parseJson(text)
      if (!parsed.ok) return this.#refuse(stamp, parsed.reason)
      this.#value = parsed.value
      this.#problem = undefined
      return true
    } catch (error) {
      const errno = errnoOf(error)
      const had = this.#stamp !== ''
      if (errno !== 'ENOENT' && errno !== 'ENOTDIR') return this.#refuse(`!${errno}`, String(error))
      this.#stamp = ''
      this.#text = undefined
      this.#value = undefined
      this.#problem = undefined
      this.#modifiedMs = 0
      return had
    }
  }

  #refuse(stamp: string, problem: string): boolean {
    const changed = this.#problem !== problem
    this.#stamp = stamp
    this.#problem = problem
    return changed
  }
}

const LARGEST = 16 << 20

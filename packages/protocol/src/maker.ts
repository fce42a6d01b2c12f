import { isObject } from './json.ts'

/** Who made something: the `source` and `author` of the command that requested it. */
export interface Maker {
  readonly source: string
  readonly author: string | null
}

const PEOPLE: readonly string[] = ['cli', 'dashboard', 'api', 'external', 'yaml']
const MACHINES: readonly string[] = [
  'trainer', 'kernel', 'autopilot', 'ai', 'mcp', 'tune', 'sweep', 'bridge', 'launch', 'recipe', 'replay', 'history',
] // biome-ignore format: words

/**
 * Whether something was certainly made by a program that acts on its own: the trainer, its modules, the tuner or an
 * autopilot.
 *
 * A source that hotcb does not define counts as a program if there is no author. An unknown maker (null) may be a
 * person.
 */
export function isMachine(maker: Maker | null): boolean {
  if (maker === null || PEOPLE.includes(maker.source)) return false
  return MACHINES.includes(maker.source) || maker.author === null
}

/** Reads the maker from a document; null if there is none. */
export function readMaker(value: unknown): Maker | null {
  if (!isObject(value)) return null
  const { source, author } = value
  if (typeof source !== 'string' || source === '') return null
  return { source, author: typeof author === 'string' ? author : null }
}

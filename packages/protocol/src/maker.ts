import { isObject } from './json.ts'

/** The maker of something: the `source` and `author` of the command that requested it. */
export interface Maker {
  readonly source: string
  readonly author: string | null
}

const PEOPLE: readonly string[] = ['cli', 'dashboard', 'api', 'external', 'yaml']
const MACHINES: readonly string[] = [
  'trainer', 'kernel', 'autopilot', 'ai', 'mcp', 'tune', 'sweep', 'bridge', 'launch', 'recipe', 'replay', 'history',
] // biome-ignore format: words

/**
 * Whether a maker is certainly a program that acts by itself: the trainer, its modules, the tuner, an autopilot.
 *
 * A source that hotcb does not define counts as a program if it has no author. Null, an unknown maker, may be a person.
 */
export function isMachine(maker: Maker | null): boolean {
  if (maker === null || PEOPLE.includes(maker.source)) return false
  return MACHINES.includes(maker.source) || maker.author === null
}

/** The maker in a document; null if there is none. */
export function readMaker(value: unknown): Maker | null {
  if (!isObject(value)) return null
  const { source, author } = value
  if (typeof source !== 'string' || source === '') return null
  return { source, author: typeof author === 'string' ? author : null }
}

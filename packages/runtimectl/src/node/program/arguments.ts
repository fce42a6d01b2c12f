import { isObject, jsonTokens, parseJson, show, TOO_DEEP } from '@hotcb/protocol'
import { restyleJson } from '../json-text.ts'

/** The parsed command line. */
export type Typed =
  | { readonly kind: 'help' | 'version' | 'nothing' }
  | { readonly kind: 'status'; readonly dir: string; readonly last: number }
  | { readonly kind: 'list'; readonly dir: string }
  | {
      readonly kind: 'enqueue'
      readonly dir: string
      readonly path: string
      /** The arguments as JSON, exactly as the user typed them. */
      readonly args: readonly string[]
      readonly kwargs: string
      /** Seconds to wait for the ack; null to not wait. */
      readonly wait: number | null
    }

/** An error in the command line, in one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Reads the words after `runtimectl`. @throws UsageError */
export function readTyped(words: readonly string[]): Typed {
  const { flags, plain, isQuoted } = split(words)
  if (flags.help) return { kind: 'help' }
  if (flags.version) return { kind: 'version' }
  const dir = readQueue(flags)
  const [path, ...args] = plain
  if (path === undefined) return { kind: 'nothing' }
  if (path === '') throw new UsageError('the path is empty: it must be a registered path')
  const isWord = !isQuoted && args.length === 0 && flags.kwargs === undefined
  if (isWord && (path === 'status' || path === 'list')) return readLook(path, dir, flags)
  const { kwargs = '{}', last, wait } = flags
  if (last !== undefined) throw new UsageError('`--last` is only valid with `status`')
  const waits = wait === undefined ? null : readSeconds(wait)
  return { kind: 'enqueue', dir, path, args: args.map(readArgument), kwargs: readKeywords(kwargs), wait: waits }
}

function readQueue({ dir }: Flags): string {
  if (dir === undefined) throw new UsageError('`-q DIR` is missing: give the queue directory')
  if (dir === '') throw new UsageError('`-q` is empty: it must be the queue directory')
  return dir
}

/** Reads the arguments of `status` and `list`, which send nothing. */
function readLook(word: 'status' | 'list', dir: string, { last = '10', wait }: Flags): Typed {
  if (wait !== undefined) throw new UsageError(`\`${word}\` has no ack to wait for`)
  return word === 'list' ? { kind: 'list', dir } : { kind: 'status', dir, last: readCount(last) }
}

interface Flags {
  help?: boolean
  version?: boolean
  dir?: string
  kwargs?: string
  last?: string
  /** The value of `--wait`; an empty string means the default. */
  wait?: string
}

function split(words: readonly string[]): {
  readonly flags: Flags
  readonly plain: readonly string[]
  readonly isQuoted: boolean
} {
  const flags: Flags = {}
  const plain: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (word === '--') return { flags, plain: [...plain, ...words.slice(i + 1)], isQuoted: plain.length === 0 }
    if (!word.startsWith('-') || word === '-' || NUMBER.test(word)) {
      plain.push(word)
      continue
    }
    i += takeFlag(flags, word, words[i + 1])
  }
  return { flags, plain, isQuoted: false }
}

/** Reads a flag, and returns how many of the following words belong to it. */
function takeFlag(flags: Flags, word: string, next: string | undefined): 0 | 1 {
  const { name, value } = readFlag(word)
  if (name === 'help' || name === 'version') {
    flags[name] = true
    return 0
  }
  if (value !== undefined) {
    flags[name] = value
    return 0
  }
  // The seconds of `--wait` are optional.
  const isMissing = next === undefined || (name === 'wait' && !NUMBER.test(next))
  if (isMissing && name !== 'wait') throw new UsageError(`\`${word}\` needs a value`)
  flags[name] = isMissing ? '' : next
  return isMissing ? 0 : 1
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/

const NAMES: Readonly<Record<string, 'dir' | 'kwargs' | 'last' | 'wait' | 'help' | 'version'>> = {
  '-q': 'dir',
  '--queue-dir': 'dir',
  '--kwargs': 'kwargs',
  '--last': 'last',
  '--wait': 'wait',
  '-h': 'help',
  '--help': 'help',
  '-V': 'version',
  '--version': 'version',
}

function readFlag(word: string): {
  readonly name: Exclude<(typeof NAMES)[string], undefined>
  readonly value?: string
} {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1
  const typed = equals < 0 ? (word.startsWith('-q') ? '-q' : word) : word.slice(0, equals)
  const name = Object.hasOwn(NAMES, typed) ? NAMES[typed] : undefined
  if (name === undefined) {
    throw new UsageError(
      `unknown flag \`${typed}\`: choose from ${Object.keys(NAMES).join(', ')}; put an argument that begins with \`-\` after \`--\``,
    )
  }
  if (equals >= 0) return { name, value: word.slice(equals + 1) }
  return typed === '-q' && word.length > 2 ? { name, value: word.slice(2) } : { name }
}

/** Returns typed JSON on one line, and any other text as a JSON string. */
function readArgument(text: string): string {
  return readJson(text) === null ? JSON.stringify(text) : restyleJson(text, null)
}

function readKeywords(text: string): string {
  const json = readJson(text)
  if (json !== null) {
    if (json.value === null) return '{}'
    if (isObject(json.value)) return restyleJson(text, null)
  }
  throw new UsageError(`\`--kwargs\` must be a JSON object such as '{"label": "manual"}', got ${text}`)
}

// Parses JSON; null for any other text. `NaN` and infinities do not count as JSON here.
function readJson(text: string): { readonly value: unknown } | null {
  const parsed = parseJson(text, { nan: 'refuse' })
  if (!parsed.ok && parsed.reason === TOO_DEEP) throw new UsageError(`${show(text)}: ${TOO_DEEP}`)
  return parsed.ok && !hasWords(text) ? { value: parsed.value } : null
}

function hasWords(text: string): boolean {
  for (const token of jsonTokens(text)) if (/^-?Infinity$/.test(token)) return true
  return false
}

function readCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError(`\`--last\` must be a whole number >= 0, got ${text}`)
}

function readSeconds(text: string): number {
  if (text === '') return DEFAULT_WAIT_S
  const seconds = NUMBER.test(text) ? Number(text) : Number.NaN
  if (seconds >= 0 && Number.isFinite(seconds)) return seconds
  throw new UsageError(`\`--wait\` must be a number of seconds >= 0, got ${text}`)
}

const DEFAULT_WAIT_S = 10

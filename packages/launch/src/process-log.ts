import { isObject, type Json, type JsonObject } from '@hotcb/protocol'
import { readOptions } from './option-file.ts'
import type { LaunchOptions } from './options.ts'

/** A process on one host. `start` distinguishes it from a later process with the same pid. */
export interface ProcessMark {
  readonly pid: number
  readonly start: string | null
  readonly host: string | null
}

/** How a training run ended. */
export interface ProcessEnd {
  /** Its exit code; null if a signal ended it, or its end was not observed. */
  readonly exitCode: number | null
  readonly signal: string | null
  /** Why it was asked to stop: `interrupted`, `max-time`, `max-steps`; null if it was not. */
  readonly asked: string | null
  /** Whether it left processes behind, which were then killed. */
  readonly hadLeftovers: boolean
}

/** The history of a launched run: its starts, and how they ended. */
export interface ProcessStory {
  /** The options of the last start; null before the first. */
  readonly options: LaunchOptions | null
  readonly seed: number | null
  /** The directory that relative paths in its program arguments refer to. */
  readonly cwd: string | null
  /** The time of the last start, in epoch seconds. */
  readonly startedAt: number | null
  /** The training process of the last start; null until it is running. */
  readonly trainer: ProcessMark | null
  /** How it ended; null while it is running, or if its end was not observed. */
  readonly ended: ProcessEnd | null
  /** Why it could not be started; null if it could. */
  readonly failure: string | null
  /** Whether it was asked to stop. */
  readonly isAsked: boolean
  /** The `cid`s of the `stop` commands since the last start. */
  readonly stops: readonly string[]
  /** The number of times it was started. */
  readonly starts: number
  /** Messages for people since the last start, in order. */
  readonly notes: readonly string[]
}

/** Builds the history from the log's lines, without the keepers' `begin` and `end` lines. */
export interface ProcessFold {
  readonly story: ProcessStory
  take(line: JsonObject): void
}

const NOTHING: ProcessStory = {
  options: null,
  seed: null,
  cwd: null,
  startedAt: null,
  trainer: null,
  ended: null,
  failure: null,
  isAsked: false,
  stops: [],
  starts: 0,
  notes: [],
}

/** Creates a reader that builds a run's history from the lines in `hotcb.launch.jsonl`. */
export function createProcessFold(): ProcessFold {
  let story = NOTHING
  return {
    get story() {
      return story
    },
    take(line) {
      const data = isObject(line['data']) ? line['data'] : {}
      const ts = typeof line['ts'] === 'number' ? line['ts'] : null
      story = next(story, line['kind'], data, ts)
    },
  }
}

function next(
  story: ProcessStory,
  kind: unknown,
  data: Readonly<Record<string, unknown>>,
  ts: number | null,
): ProcessStory {
  switch (kind) {
    case 'launch':
      return { ...NOTHING, ...launched(data), startedAt: ts, starts: story.starts + 1 }
    case 'started':
      return { ...story, trainer: markOf(data), ended: null }
    case 'stopping': {
      const cid = textOf(data['cid'])
      return { ...story, isAsked: true, stops: cid === null ? story.stops : [...story.stops, cid] }
    }
    case 'note': {
      const text = textOf(data['text'])
      return text === null ? story : { ...story, notes: [...story.notes, text] }
    }
    case 'failed':
      return { ...story, failure: textOf(data['text']) ?? 'it could not be started' }
    case 'ended':
      return { ...story, ended: endOf(data) }
    default:
      return story
  }
}

/** Returns the content of the line that records a start. */
export function launchData({ options, seed, cwd, by }: StartFacts): JsonObject {
  return { options, seed, cwd, by: { ...by } }
}

interface StartFacts {
  /** The options in the format of config files. */
  readonly options: JsonObject
  readonly seed: number
  readonly cwd: string
  readonly by: { readonly source: string; readonly author: string | null }
}

/** Returns the content of the line that names the process. */
export function startedData(
  { pid, start, host }: ProcessMark,
  argv: readonly string[],
  isAdopted: boolean,
): JsonObject {
  return { pid, start, host, argv: [...argv], ...(isAdopted && { adopted: true }) }
}

/** Returns the content of the line that states how it ended. */
export function endedData({ exitCode, signal, asked, hadLeftovers }: ProcessEnd): JsonObject {
  return { exit_code: exitCode, signal, asked, leftovers: hadLeftovers }
}

function launched(data: Readonly<Record<string, unknown>>): Pick<ProcessStory, 'options' | 'seed' | 'cwd'> {
  // The value comes from a JSON parser.
  const read = readOptions((data['options'] ?? {}) as Json)
  return { options: read.ok ? read.value : null, seed: wholeOf(data['seed']), cwd: textOf(data['cwd']) }
}

function markOf(data: Readonly<Record<string, unknown>>): ProcessMark | null {
  const pid = wholeOf(data['pid'])
  // A training process never has pid 0 or 1, and a signal to these groups would reach other processes.
  return pid === null || pid <= 1 ? null : { pid, start: textOf(data['start']), host: textOf(data['host']) }
}

function endOf(data: Readonly<Record<string, unknown>>): ProcessEnd {
  const code = data['exit_code']
  return {
    exitCode: Number.isSafeInteger(code) ? Number(code) : null,
    signal: textOf(data['signal']),
    asked: textOf(data['asked']),
    hadLeftovers: data['leftovers'] === true,
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function wholeOf(value: unknown): number | null {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : null
}

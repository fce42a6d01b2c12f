import { hostname } from 'node:os'
import {
  type AllowedFolders,
  processExists,
  processState,
  readStampedDocument,
  readStampedDocumentAsync,
  runningMs,
  type StampedDocument,
} from '@hotcb/journal'
import {
  type DocumentObservation,
  judgeLiveness,
  type KernelProcess,
  type Liveness,
  type LivenessFacts,
  type LivenessJudgement,
  type LivenessMemory,
} from '../life.ts'
import { observeState } from '../sighting.ts'
import type { Vitals } from '../vitals.ts'
import { limitsOf } from './documents.ts'
import { fileClockMs, fileClockMsAsync } from './file-clock.ts'

/** Queries about the machine and the run directory. */
export interface LivenessSystem {
  /** Milliseconds of a monotonic clock. @defaultValue `runningMs` */
  readonly nowMs?: () => number
  /** @defaultValue queries the operating system */
  readonly processState?: LivenessFacts['processState']
  /** Writes a file to the run directory and returns its time; null if none can be written. */
  readonly fileClockMs?: () => number | null
  /** The state document must be in one of these directories. @defaultValue anywhere */
  readonly within?: AllowedFolders
}

/** Determines whether the trainer of one run is alive, from repeated observations. */
export interface LivenessWatch {
  look(): Liveness
}

/** @param path The run's state document, which need not exist. */
export function watchLiveness(directory: string, path: string, system: LivenessSystem = {}): LivenessWatch {
  const {
    nowMs = runningMs,
    processState: stateOf = kernelProcess,
    fileClockMs: clock = () => fileClockMs(directory),
  } = system
  let memory: LivenessMemory | undefined
  return {
    look() {
      const document = sightingOf(readStampedDocument(path, limitsOf(system.within)))
      const judged = judgeLiveness(memory, { document, nowMs: nowMs(), processState: stateOf })
      const { life, memory: next } = 'life' in judged ? judged : judged.withFileClock(clock())
      memory = next
      return withPath(life, path)
    },
  }
}

/** The same without blocking the thread, for a server that watches many runs. */
export interface AsyncLivenessWatch {
  look(): Promise<Liveness>
}

/** Which files an {@link AsyncLivenessWatch} may read. */
export interface AsyncLivenessOptions {
  /** The state document must be in one of these directories. @defaultValue anywhere */
  readonly within?: AllowedFolders
}

/** @param path The run's state document, which need not exist. */
export function watchLivenessAsync(
  directory: string,
  path: string,
  { within }: AsyncLivenessOptions = {},
): AsyncLivenessWatch {
  let memory: LivenessMemory | undefined
  let document: DocumentObservation | null = null
  const read = async (): Promise<DocumentObservation | null> => {
    const options = { ...limitsOf(within), ...(document && { known: document.stamp }) }
    const found = await readStampedDocumentAsync(path, options)
    return found === 'same' ? document : sightingOf(found)
  }
  return {
    async look() {
      document = await read()
      const judged = judgeLiveness(memory, { document, nowMs: runningMs(), processState: kernelProcess })
      const { life, memory: next }: LivenessJudgement =
        'life' in judged ? judged : judged.withFileClock(await fileClockMsAsync(directory))
      memory = next
      return withPath(life, path)
    },
  }
}

function kernelProcess({ pid, start, host }: Vitals): KernelProcess {
  const state = processState(pid, start)
  // Older kernels did not record the start time of their process.
  return start === null && host === hostname() && processExists(pid) ? 'perhaps' : state
}

function sightingOf(found: StampedDocument | null): DocumentObservation | null {
  return found === null ? null : observeState(found)
}

function withPath(life: Liveness, path: string): Liveness {
  return life.trouble === undefined ? life : { ...life, trouble: `\`${path}\` ${life.trouble}` }
}

import { hostname } from 'node:os'
import {
  processExists,
  processState,
  readStampedDocument,
  readStampedDocumentAsync,
  runningMs,
  type StampedDocument,
  type Within,
} from '@hotcb/journal'
import {
  type DocumentSighting,
  type Judged,
  judgeLife,
  type KernelProcess,
  type Life,
  type LifeLook,
  type LifeMemory,
} from '../life.ts'
import { sightState } from '../sighting.ts'
import type { Vitals } from '../vitals.ts'
import { limitsOf } from './documents.ts'
import { fileClockMs, fileClockMsAsync } from './file-clock.ts'

/** Queries of the machine and the run directory. */
export interface LifeSystem {
  /** Milliseconds of a monotonic clock. @defaultValue `runningMs` */
  readonly nowMs?: () => number
  /** @defaultValue queries the operating system */
  readonly processState?: LifeLook['processState']
  /** The time of a file that is written to the run directory now; null if none can be written. */
  readonly fileClockMs?: () => number | null
  /** Directories in which the state document must lie. @defaultValue anywhere */
  readonly within?: Within
}

/** Decides whether the trainer of one run is alive, over repeated observations: earlier ones count. */
export interface LifeWatch {
  look(): Life
}

/** @param path The run's state document, which need not exist. */
export function watchLife(directory: string, path: string, system: LifeSystem = {}): LifeWatch {
  const {
    nowMs = runningMs,
    processState: stateOf = kernelProcess,
    fileClockMs: clock = () => fileClockMs(directory),
  } = system
  let memory: LifeMemory | undefined
  return {
    look() {
      const document = sightingOf(readStampedDocument(path, limitsOf(system.within)))
      const judged = judgeLife(memory, { document, nowMs: nowMs(), processState: stateOf })
      const { life, memory: next } = 'life' in judged ? judged : judged.withFileClock(clock())
      memory = next
      return withPath(life, path)
    },
  }
}

/** The same without blocking the thread, for a server that watches many runs. */
export interface AsyncLifeWatch {
  look(): Promise<Life>
}

/** How an {@link AsyncLifeWatch} reaches its files. */
export interface AsyncLifeOptions {
  /** Directories in which the state document must lie. @defaultValue anywhere */
  readonly within?: Within
}

/** @param path The run's state document, which need not exist. */
export function watchLifeAsync(directory: string, path: string, { within }: AsyncLifeOptions = {}): AsyncLifeWatch {
  let memory: LifeMemory | undefined
  let document: DocumentSighting | null = null
  const read = async (): Promise<DocumentSighting | null> => {
    const options = { ...limitsOf(within), ...(document && { known: document.stamp }) }
    const found = await readStampedDocumentAsync(path, options)
    return found === 'same' ? document : sightingOf(found)
  }
  return {
    async look() {
      document = await read()
      const judged = judgeLife(memory, { document, nowMs: runningMs(), processState: kernelProcess })
      const { life, memory: next }: Judged =
        'life' in judged ? judged : judged.withFileClock(await fileClockMsAsync(directory))
      memory = next
      return withPath(life, path)
    },
  }
}

function kernelProcess({ pid, start, host }: Vitals): KernelProcess {
  const state = processState(pid, start)
  // Older kernels did not record their start.
  return start === null && host === hostname() && processExists(pid) ? 'perhaps' : state
}

function sightingOf(found: StampedDocument | null): DocumentSighting | null {
  return found === null ? null : sightState(found)
}

function withPath(life: Life, path: string): Life {
  return life.trouble === undefined ? life : { ...life, trouble: `\`${path}\` ${life.trouble}` }
}

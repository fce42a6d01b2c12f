import type { StateDocument } from '@hotcb/protocol'
import { judgeSign, knownAgeMs, lookAgain, type SignMemory, type SignVerdict } from './sign.ts'
import { limitOf, type Vitals } from './vitals.ts'

/** `unknown` until there is evidence: a trainer is never called dead because of a clock that differs from ours. */
export type Verdict = 'alive' | 'dead' | 'unknown'

/**
 * What a verdict goes by.
 *
 * - `absent`, `closed`: there is no state document, or its kernel has closed the run.
 * - `process`: the process itself, on its own host.
 * - `file-clock`: the age of the state document by the clock that stamps the files.
 * - `change`: the state document was seen to change, or not to change, while we watched.
 * - `unreadable`, `watching`, `future`: why there is no verdict yet. The document cannot be read; nothing can be written
 *   beside it, and we have not watched it for long enough; it is dated later than a file that was written just now.
 */
export type Evidence = 'absent' | 'closed' | 'process' | 'file-clock' | 'change' | 'unreadable' | 'watching' | 'future'

/** Whether the trainer of a run is alive, and how we know. */
export interface Life {
  readonly verdict: Verdict
  readonly by: Evidence
  /** Seconds since the last sign of life, at least, by the file clock or by our watching; null where neither tells. */
  readonly ageSeconds: number | null
  /** When the document was written, in epoch milliseconds by the clock that stamps the files: to be shown, not compared. */
  readonly writtenMs: number | null
  /** For how many seconds a living trainer may be silent: max(5, 3 x step_seconds). */
  readonly limitSeconds: number
  /** What the document says; undefined where there is none, or it cannot be read as a whole. */
  readonly state: StateDocument | undefined
  /** The protocol that the document names, also where the rest cannot be read. */
  readonly protocol: number | undefined
  /** Why the document that is there cannot be read, in one line. */
  readonly trouble: string | undefined
}

/** One look at the state document. */
export interface DocumentSighting {
  /** Differs whenever the document has been written again. */
  readonly stamp: string
  /** When it was written, in epoch milliseconds by the clock that stamps the files. */
  readonly modifiedMs: number
  /** Undefined where the document cannot be read. */
  readonly vitals: Vitals | undefined
  readonly state: StateDocument | undefined
  readonly trouble: string | undefined
}

/**
 * What the operating system says of a kernel's process. `perhaps`: a process of its pid runs on a host of its name, and
 * nothing tells whether it is the same one.
 */
export type KernelProcess = 'running' | 'gone' | 'perhaps' | 'unknown'

/** What is known at one look. */
export interface LifeLook {
  /** Null when there is no document. */
  readonly document: DocumentSighting | null
  /** Milliseconds of a clock that never goes back, such as `performance.now()`. */
  readonly nowMs: number
  /** Asks the operating system about the kernel's process. */
  readonly processState: (vitals: Vitals) => KernelProcess
}

/** What is remembered from one look to the next; give `undefined` the first time. */
export interface LifeMemory {
  readonly vitals: Vitals | undefined
  readonly sign: SignMemory
}

/** A verdict, and what to remember for the next look. */
export interface Judged {
  readonly life: Life
  readonly memory: LifeMemory | undefined
}

/** The verdict needs the file clock: write a file beside the document, and pass its time on. */
export interface NeedsFileClock {
  /** @param fileClockMs Epoch milliseconds by the clock that stamps the files; null where nothing can be written. */
  readonly withFileClock: (fileClockMs: number | null) => Judged
}

/**
 * Judges whether a trainer is alive from one look at its state document, without comparing the clocks of two hosts.
 *
 * On its own host the process decides. Elsewhere the document must be younger than max(5 s, 3 x step_seconds) by the
 * clock that stamps the files, or must be seen to change within that time.
 */
export function judgeLife(memory: LifeMemory | undefined, look: LifeLook): Judged | NeedsFileClock {
  const { document, nowMs } = look
  if (document === null) return { life: lifeWithout('dead', 'absent'), memory: undefined }
  // A document that is torn for the moment takes nothing away from what was known before.
  const vitals = document.vitals ?? memory?.vitals
  if (vitals === undefined) return { life: { ...lifeWithout('unknown', 'unreadable'), ...said(document) }, memory }
  const sign = { stamp: document.stamp, modifiedMs: document.modifiedMs, limitMs: limitOf(vitals), nowMs }
  const judged = (verdict: Verdict, by: Evidence, signMemory: SignMemory): Judged => {
    const ageMs = knownAgeMs(signMemory)
    const times = { ageSeconds: ageMs === null ? null : ageMs / 1000, limitSeconds: sign.limitMs / 1000 }
    return {
      life: { verdict, by, ...times, ...said(document), protocol: vitals.protocol },
      memory: { vitals, sign: signMemory },
    }
  }
  if (vitals.closed) return judged('dead', 'closed', lookAgain(memory?.sign, sign))
  const process = look.processState(vitals)
  if (process === 'running') return judged('alive', 'process', lookAgain(memory?.sign, sign))
  if (process === 'gone') return judged('dead', 'process', lookAgain(memory?.sign, sign))
  const bySign = ({ verdict, by, memory: signMemory }: SignVerdict): Judged =>
    verdict === 'dead' && process === 'perhaps'
      ? judged('unknown', 'process', signMemory)
      : judged(verdict, by, signMemory)
  const seen = judgeSign(memory?.sign, sign)
  if ('verdict' in seen) return bySign(seen)
  return { withFileClock: (fileClockMs) => bySign(seen.withFileClock(fileClockMs)) }
}

type Said = Pick<Life, 'state' | 'protocol' | 'trouble' | 'writtenMs'>

function said({ state, vitals, trouble, modifiedMs }: DocumentSighting): Said {
  return { state, protocol: vitals?.protocol, trouble, writtenMs: modifiedMs }
}

const NOTHING_SAID: Said = { state: undefined, protocol: undefined, trouble: undefined, writtenMs: null }

function lifeWithout(verdict: Verdict, by: Evidence): Life {
  return { verdict, by, ageSeconds: null, limitSeconds: 5, ...NOTHING_SAID }
}

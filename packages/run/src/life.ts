import type { StateDocument } from '@hotcb/protocol'
import { type HeartbeatMemory, type HeartbeatVerdict, judgeHeartbeat, knownAgeMs, lookAgain } from './sign.ts'
import { silenceLimitMs, type Vitals } from './vitals.ts'

/**
 * The verdict about a trainer. It is `unknown` until there is evidence. A trainer is never considered dead just because
 * its clock differs from ours.
 */
export type LivenessVerdict = 'alive' | 'dead' | 'unknown'

/**
 * The evidence for a verdict.
 *
 * - `absent`, `closed`: there is no state document, or its kernel has closed the run.
 * - `process`: the state of the trainer's process, which can be queried on its own host.
 * - `file-clock`: the age of the state document, measured with the file system's clock.
 * - `change`: the state document changed, or did not change, while we watched it.
 * - `unreadable`, `watching`, `future`: why there is no verdict yet. The document cannot be read; no file can be
 *   written next to it, and we have not watched it for long enough; its time is later than that of a file that was just
 *   written.
 */
export type LivenessEvidence =
  | 'absent'
  | 'closed'
  | 'process'
  | 'file-clock'
  | 'change'
  | 'unreadable'
  | 'watching'
  | 'future'

/** Whether the trainer of a run is alive, and the evidence. */
export interface Liveness {
  readonly verdict: LivenessVerdict
  readonly by: LivenessEvidence
  /**
   * The minimum number of seconds since the last heartbeat, based on the file clock or on our own observation; null if
   * unknown.
   */
  readonly ageSeconds: number | null
  /**
   * When the document was written, in epoch milliseconds according to the file system's clock. It is for display, not
   * for comparison.
   */
  readonly writtenMs: number | null
  /** The maximum silence of a live trainer in seconds: max(5, 3 x step_seconds). */
  readonly limitSeconds: number
  /** The content of the document; undefined if there is no document, or it cannot be read completely. */
  readonly state: StateDocument | undefined
  /** The protocol in the document, even if the rest cannot be read. */
  readonly protocol: number | undefined
  /** Why the document exists but cannot be read, in one line. */
  readonly trouble: string | undefined
}

/** One observation of the state document. */
export interface DocumentObservation {
  /** Changes whenever the document has been written again. */
  readonly stamp: string
  /** When it was written, in epoch milliseconds according to the file system's clock. */
  readonly modifiedMs: number
  /** The fields that show whether the kernel is alive; undefined if the document cannot be read. */
  readonly vitals: Vitals | undefined
  readonly state: StateDocument | undefined
  readonly trouble: string | undefined
}

/**
 * What the operating system reports about a kernel's process. `perhaps`: a process with its pid is running on a host
 * with the same name, but it may be a different process.
 */
export type KernelProcess = 'running' | 'gone' | 'perhaps' | 'unknown'

/** The facts from one observation. */
export interface LivenessFacts {
  /** Null if there is no document. */
  readonly document: DocumentObservation | null
  /** Milliseconds of a monotonic clock, such as `performance.now()`. */
  readonly nowMs: number
  /** Queries the operating system about the kernel's process. */
  readonly processState: (vitals: Vitals) => KernelProcess
}

/** The state carried from one observation to the next; pass `undefined` the first time. */
export interface LivenessMemory {
  readonly vitals: Vitals | undefined
  readonly sign: HeartbeatMemory
}

/** A verdict, and the state for the next observation. */
export interface LivenessJudgement {
  readonly life: Liveness
  readonly memory: LivenessMemory | undefined
}

/**
 * Returned if the verdict requires the file system's clock. The caller must write a file next to the document and pass
 * that file's modification time.
 */
export interface NeedsFileClock {
  /** @param fileClockMs Epoch milliseconds according to the file system's clock; null if nothing can be written. */
  readonly withFileClock: (fileClockMs: number | null) => LivenessJudgement
}

/**
 * Determines from one observation of a trainer's state document whether the trainer is alive, without comparing the
 * clocks of two hosts.
 *
 * On the trainer's own host, the state of its process determines the verdict. On other hosts the document must be younger than max(5 s,
 * 3 x step_seconds) according to the file system's clock, or must change within that time while we watch.
 */
export function judgeLiveness(
  memory: LivenessMemory | undefined,
  look: LivenessFacts,
): LivenessJudgement | NeedsFileClock {
  const { document, nowMs } = look
  if (document === null) return { life: lifeWithout('dead', 'absent'), memory: undefined }
  // While a document is temporarily unreadable, the earlier facts still apply.
  const vitals = document.vitals ?? memory?.vitals
  if (vitals === undefined) return { life: { ...lifeWithout('unknown', 'unreadable'), ...said(document) }, memory }
  const sign = { stamp: document.stamp, modifiedMs: document.modifiedMs, limitMs: silenceLimitMs(vitals), nowMs }
  const judged = (verdict: LivenessVerdict, by: LivenessEvidence, signMemory: HeartbeatMemory): LivenessJudgement => {
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
  const bySign = ({ verdict, by, memory: signMemory }: HeartbeatVerdict): LivenessJudgement =>
    verdict === 'dead' && process === 'perhaps'
      ? judged('unknown', 'process', signMemory)
      : judged(verdict, by, signMemory)
  const seen = judgeHeartbeat(memory?.sign, sign)
  if ('verdict' in seen) return bySign(seen)
  return { withFileClock: (fileClockMs) => bySign(seen.withFileClock(fileClockMs)) }
}

type Said = Pick<Liveness, 'state' | 'protocol' | 'trouble' | 'writtenMs'>

function said({ state, vitals, trouble, modifiedMs }: DocumentObservation): Said {
  return { state, protocol: vitals?.protocol, trouble, writtenMs: modifiedMs }
}

const NOTHING_SAID: Said = { state: undefined, protocol: undefined, trouble: undefined, writtenMs: null }

function lifeWithout(verdict: LivenessVerdict, by: LivenessEvidence): Liveness {
  return { verdict, by, ageSeconds: null, limitSeconds: 5, ...NOTHING_SAID }
}

/** One observation of a file that a live process rewrites repeatedly. */
export interface Sign {
  /** Changes whenever the file has been written again. */
  readonly stamp: string
  /** When it was written, in epoch milliseconds by the clock of the file system. */
  readonly modifiedMs: number
  /** The maximum silence of a live process, in milliseconds. */
  readonly limitMs: number
  /** Milliseconds of a monotonic clock. */
  readonly nowMs: number
}

/** The memory of a sign between observations. */
export interface SignMemory {
  readonly stamp: string
  readonly lookedAtMs: number
  /** The bounds of the age of the sign at that observation. */
  readonly youngestMs: number
  readonly oldestMs: number
  /** Whether the file clock was read for this sign, and its value. */
  readonly clock: 'not-asked' | 'not-told' | 'future' | 'told'
}

/** The verdict from a sign. `change`: the evidence is what was seen while we watched. */
export interface SignVerdict {
  readonly verdict: 'alive' | 'dead' | 'unknown'
  readonly by: 'file-clock' | 'change' | 'watching' | 'future'
  readonly memory: SignMemory
}

/** The verdict needs the time of a file that was just written next to the sign; null if none can be written. */
export interface SignNeedsClock {
  readonly withFileClock: (fileClockMs: number | null) => SignVerdict
}

/**
 * Evaluates a sign of life by its age, measured by the clock of the file system or by our own watching, never by
 * comparing that clock with ours.
 */
export function judgeSign(memory: SignMemory | undefined, sign: Sign): SignVerdict | SignNeedsClock {
  const seen = lookAgain(memory, sign)
  const verdict = verdictOf(seen, sign.limitMs)
  if (verdict.verdict !== 'unknown' || seen.clock !== 'not-asked') return verdict
  return { withFileClock: (fileClockMs) => verdictOf(withClock(seen, sign, fileClockMs), sign.limitMs) }
}

/** Remembers an observation without evaluating it. */
export function lookAgain(memory: SignMemory | undefined, { stamp, nowMs }: Sign): SignMemory {
  const passedMs = memory === undefined ? Number.POSITIVE_INFINITY : Math.max(0, nowMs - memory.lookedAtMs)
  if (memory?.stamp === stamp) {
    const { youngestMs, oldestMs, clock } = memory
    return { stamp, lookedAtMs: nowMs, youngestMs: youngestMs + passedMs, oldestMs: oldestMs + passedMs, clock }
  }
  // It was written since the previous observation; if there was none, the time is unknown.
  return { stamp, lookedAtMs: nowMs, youngestMs: 0, oldestMs: passedMs, clock: 'not-asked' }
}

/** The minimum age that is certain, in milliseconds; null if nothing is known. */
export function knownAgeMs({ youngestMs, oldestMs }: SignMemory): number | null {
  return youngestMs === 0 && oldestMs === Number.POSITIVE_INFINITY ? null : youngestMs
}

function verdictOf(memory: SignMemory, limitMs: number): SignVerdict {
  const { youngestMs, oldestMs, clock } = memory
  const by = clock === 'told' ? 'file-clock' : 'change'
  if (oldestMs < limitMs) return { verdict: 'alive', by, memory }
  if (youngestMs >= limitMs) return { verdict: 'dead', by, memory }
  return { verdict: 'unknown', by: clock === 'future' ? 'future' : 'watching', memory }
}

function withClock(memory: SignMemory, { modifiedMs, limitMs }: Sign, fileClockMs: number | null): SignMemory {
  if (fileClockMs === null) return { ...memory, clock: 'not-told' }
  const ageMs = fileClockMs - modifiedMs
  // That clock was set back since the sign was written, so it says nothing about its age.
  if (ageMs <= -limitMs) return { ...memory, clock: 'future' }
  return { ...memory, youngestMs: Math.max(0, ageMs), oldestMs: Math.max(0, ageMs), clock: 'told' }
}

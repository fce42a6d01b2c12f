/** One look at a file that is written again and again as long as somebody is alive. */
export interface Sign {
  /** Differs whenever the file has been written again. */
  readonly stamp: string
  /** When it was written, in epoch milliseconds by the clock that stamps the files. */
  readonly modifiedMs: number
  /** For how long somebody alive may be silent. */
  readonly limitMs: number
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: number
}

/** What is remembered of a sign from one look to the next. */
export interface SignMemory {
  readonly stamp: string
  readonly lookedAtMs: number
  /** The age of the sign at that look, as far as it is known: at least, and at most. */
  readonly youngestMs: number
  readonly oldestMs: number
  /** Whether the file clock was asked about this very sign, and what it said. */
  readonly clock: 'not-asked' | 'not-told' | 'future' | 'told'
}

/** What a sign says. `change`: it goes by what was seen while we watched. */
export interface SignVerdict {
  readonly verdict: 'alive' | 'dead' | 'unknown'
  readonly by: 'file-clock' | 'change' | 'watching' | 'future'
  readonly memory: SignMemory
}

/** The verdict needs the time of a file that was written just now beside the sign; null where none can be written. */
export interface SignNeedsClock {
  readonly withFileClock: (fileClockMs: number | null) => SignVerdict
}

/**
 * Judges a sign of life by its age, which is told by the clock that stamps the files or by our own watching, never by
 * comparing that clock with ours.
 */
export function judgeSign(memory: SignMemory | undefined, sign: Sign): SignVerdict | SignNeedsClock {
  const seen = lookAgain(memory, sign)
  const verdict = verdictOf(seen, sign.limitMs)
  if (verdict.verdict !== 'unknown' || seen.clock !== 'not-asked') return verdict
  return { withFileClock: (fileClockMs) => verdictOf(withClock(seen, sign, fileClockMs), sign.limitMs) }
}

/** Remembers a look of which nothing need be judged. */
export function lookAgain(memory: SignMemory | undefined, { stamp, nowMs }: Sign): SignMemory {
  const passedMs = memory === undefined ? Number.POSITIVE_INFINITY : Math.max(0, nowMs - memory.lookedAtMs)
  if (memory?.stamp === stamp) {
    const { youngestMs, oldestMs, clock } = memory
    return { stamp, lookedAtMs: nowMs, youngestMs: youngestMs + passedMs, oldestMs: oldestMs + passedMs, clock }
  }
  // It was written since the look before; nobody knows when, if there was none.
  return { stamp, lookedAtMs: nowMs, youngestMs: 0, oldestMs: passedMs, clock: 'not-asked' }
}

/** The age that is known for certain, in milliseconds; null where nothing is known. */
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
  // That clock was set back since the sign was written: it says nothing about its age.
  if (ageMs <= -limitMs) return { ...memory, clock: 'future' }
  return { ...memory, youngestMs: Math.max(0, ageMs), oldestMs: Math.max(0, ageMs), clock: 'told' }
}

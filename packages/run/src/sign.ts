/** One observation of a file that a live process rewrites repeatedly. */
export interface HeartbeatReading {
  /** Changes whenever the file has been written again. */
  readonly stamp: string
  /** When it was written, in epoch milliseconds according to the file system's clock. */
  readonly modifiedMs: number
  /** The maximum silence of a live process, in milliseconds. */
  readonly limitMs: number
  /** Milliseconds of a monotonic clock. */
  readonly nowMs: number
}

/** What is remembered about a heartbeat between observations. */
export interface HeartbeatMemory {
  readonly stamp: string
  readonly lookedAtMs: number
  /** The bounds on the heartbeat's age at that observation. */
  readonly youngestMs: number
  readonly oldestMs: number
  /** Whether the file clock was read for this heartbeat, and the result. */
  readonly clock: 'not-asked' | 'not-told' | 'future' | 'told'
}

/** The verdict on a heartbeat. With `change`, the evidence is whether the file changed while we watched it. */
export interface HeartbeatVerdict {
  readonly verdict: 'alive' | 'dead' | 'unknown'
  readonly by: 'file-clock' | 'change' | 'watching' | 'future'
  readonly memory: HeartbeatMemory
}

/**
 * Returned if the verdict needs the time of a file that was just written in the same directory. The caller passes null
 * if no file can be written.
 */
export interface HeartbeatNeedsClock {
  readonly withFileClock: (fileClockMs: number | null) => HeartbeatVerdict
}

/**
 * Evaluates a heartbeat by its age, which is measured with the file system's clock or by watching the file. It never
 * compares that clock with ours.
 */
export function judgeHeartbeat(
  memory: HeartbeatMemory | undefined,
  sign: HeartbeatReading,
): HeartbeatVerdict | HeartbeatNeedsClock {
  const seen = lookAgain(memory, sign)
  const verdict = verdictOf(seen, sign.limitMs)
  if (verdict.verdict !== 'unknown' || seen.clock !== 'not-asked') return verdict
  return { withFileClock: (fileClockMs) => verdictOf(withClock(seen, sign, fileClockMs), sign.limitMs) }
}

/** Records an observation without evaluating it. */
export function lookAgain(memory: HeartbeatMemory | undefined, { stamp, nowMs }: HeartbeatReading): HeartbeatMemory {
  const passedMs = memory === undefined ? Number.POSITIVE_INFINITY : Math.max(0, nowMs - memory.lookedAtMs)
  if (memory?.stamp === stamp) {
    const { youngestMs, oldestMs, clock } = memory
    return { stamp, lookedAtMs: nowMs, youngestMs: youngestMs + passedMs, oldestMs: oldestMs + passedMs, clock }
  }
  // The file was written since the previous observation. Without a previous one, the time is unknown.
  return { stamp, lookedAtMs: nowMs, youngestMs: 0, oldestMs: passedMs, clock: 'not-asked' }
}

/** Returns the minimum age that is certain, in milliseconds; null if nothing is known. */
export function knownAgeMs({ youngestMs, oldestMs }: HeartbeatMemory): number | null {
  return youngestMs === 0 && oldestMs === Number.POSITIVE_INFINITY ? null : youngestMs
}

function verdictOf(memory: HeartbeatMemory, limitMs: number): HeartbeatVerdict {
  const { youngestMs, oldestMs, clock } = memory
  const by = clock === 'told' ? 'file-clock' : 'change'
  if (oldestMs < limitMs) return { verdict: 'alive', by, memory }
  if (youngestMs >= limitMs) return { verdict: 'dead', by, memory }
  return { verdict: 'unknown', by: clock === 'future' ? 'future' : 'watching', memory }
}

function withClock(
  memory: HeartbeatMemory,
  { modifiedMs, limitMs }: HeartbeatReading,
  fileClockMs: number | null,
): HeartbeatMemory {
  if (fileClockMs === null) return { ...memory, clock: 'not-told' }
  const ageMs = fileClockMs - modifiedMs
  // The clock was set back since the file was written, so it does not show the age.
  if (ageMs <= -limitMs) return { ...memory, clock: 'future' }
  return { ...memory, youngestMs: Math.max(0, ageMs), oldestMs: Math.max(0, ageMs), clock: 'told' }
}

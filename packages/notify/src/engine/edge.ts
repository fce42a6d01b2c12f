import type { Duration, NotifyRule, Phase } from '../types.ts'

/** The time and step of an edge. */
export interface Moment {
  /** Epoch seconds. */
  readonly now: number
  readonly step: number | null
}

/** The part of an edge that survives a restart of the notifier. */
export interface SavedEdge {
  /** The last message. */
  readonly phase: Phase
  readonly at: Moment
}

/** A message about an edge. `count` is the number of times it has begun since the last message. */
export interface EdgeEvent {
  readonly phase: 'opened' | 'repeated' | 'recovered'
  readonly count: number
}

/** One condition that begins, lasts and ends. */
export interface Edge {
  readonly isOpen: boolean
  /** Processes one check. Returns the message that is due. */
  see(is: boolean, at: Moment): EdgeEvent | undefined
  /** Records the state at the first check, which counts as history and causes no message. */
  settle(is: boolean): void
}

/** States that are not reported again while they last, because they are final or intended. */
const SAID_ONCE = ['finished', 'stopped', 'failed', 'superseded', 'alert', 'budget_spent', 'frozen']
/** States whose end is not reported. A message that is waiting for an answer is edited instead. */
const NO_END = ['finished', 'stopped', 'superseded', 'alert', 'budget_spent', 'waiting_approval']

/** @param told The last message that an earlier notifier sent about the edge. */
export function createEdge(rule: Pick<NotifyRule, 'on' | 'hold' | 'cooldown'>, told?: SavedEdge): Edge {
  let isOpen = told !== undefined && told.phase !== 'recovered'
  /** Whether a message was sent about the current beginning. */
  let isTold = isOpen
  let last = told?.at
  let trueSince: Moment | undefined
  let count = 0
  const tell = (phase: EdgeEvent['phase'], at: Moment): EdgeEvent => {
    const event = { phase, count }
    last = at
    count = 0
    isTold = phase !== 'recovered'
    return event
  }
  const isCool = (at: Moment): boolean => last === undefined || hasPassed(rule.cooldown, last, at)
  const end = (at: Moment): EdgeEvent | undefined => {
    const isWorthTelling = isOpen && isTold && !NO_END.includes(rule.on)
    isOpen = false
    trueSince = undefined
    // The cooldown counts from the reported beginning, not from the end.
    const begun = last
    const event = isWorthTelling ? tell('recovered', at) : undefined
    last = begun
    isTold = false
    return event
  }
  const begin = (since: Moment, at: Moment): EdgeEvent | undefined => {
    if (!hasPassed(rule.hold, since, at)) return undefined
    isOpen = true
    count++
    return isCool(at) ? tell('opened', at) : undefined
  }
  const goOn = (at: Moment): EdgeEvent | undefined => {
    // A state from the first check, whose `last` is unknown, is never reported.
    if (last === undefined || (isTold && SAID_ONCE.includes(rule.on))) return undefined
    return isCool(at) ? tell(isTold ? 'repeated' : 'opened', at) : undefined
  }
  return {
    get isOpen() {
      return isOpen
    },
    see(is, at) {
      if (!is) return end(at)
      trueSince ??= at
      return isOpen ? goOn(at) : begin(trueSince, at)
    },
    settle(is) {
      isOpen = is
      isTold = false
    },
  }
}

function hasPassed(span: Duration, from: Moment, to: Moment): boolean {
  if ('seconds' in span) return to.now - from.now >= span.seconds
  // A run that was rewound counts some steps twice.
  return from.step === null || to.step === null || Math.abs(to.step - from.step) >= span.steps
}

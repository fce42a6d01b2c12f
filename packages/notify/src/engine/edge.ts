import type { NotifyRule, Phase, Span } from '../types.ts'

/** Where an edge is in time and training. */
export interface Moment {
  /** Epoch seconds. */
  readonly now: number
  readonly step: number | null
}

/** What is kept of an edge from one start of the notifier to the next. */
export interface ToldEdge {
  /** The last thing that was told. */
  readonly phase: Phase
  readonly at: Moment
}

/** What is told of an edge now. `count`: how often it has begun since the last message. */
export interface EdgeEvent {
  readonly phase: 'opened' | 'repeated' | 'recovered'
  readonly count: number
}

/** One thing that begins, lasts and ends. */
export interface Edge {
  readonly isOpen: boolean
  /** Takes one look; gives what is to be told. */
  see(is: boolean, at: Moment): EdgeEvent | undefined
  /** Takes what is so at the first look of all: it is history and never told. */
  settle(is: boolean): void
}

/** What rules that last do not repeat: they are over, or somebody chose them. */
const SAID_ONCE = ['finished', 'stopped', 'failed', 'superseded', 'alert', 'budget_spent', 'frozen']
/** What has no end worth telling. A message that waits for an answer is changed instead. */
const NO_END = ['finished', 'stopped', 'superseded', 'alert', 'budget_spent', 'waiting_approval']

/** @param told What an earlier notifier told last of it. */
export function createEdge(rule: Pick<NotifyRule, 'on' | 'hold' | 'cooldown'>, told?: ToldEdge): Edge {
  let isOpen = told !== undefined && told.phase !== 'recovered'
  /** Whether somebody was told of this opening. */
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
    // The cooldown counts from the beginning that was told, not from its end.
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
    // What was so at the first look, of which `last` is not known, is never told.
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

function hasPassed(span: Span, from: Moment, to: Moment): boolean {
  if ('seconds' in span) return to.now - from.now >= span.seconds
  // A run that was rewound counts its steps again.
  return from.step === null || to.step === null || Math.abs(to.step - from.step) >= span.steps
}

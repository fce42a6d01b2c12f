import { askFor } from './ask.ts'
import type { LoopPlace, RankMessage } from './collective.ts'
import { isEndDue } from './end-of-call.ts'
import { type KernelParts, lostRanks } from './parts.ts'

type End = Omit<Extract<RankMessage, { kind: 'end' }>, 'kind'>

const MEET_SECONDS = 0.05

/** Ends the exchange with the other ranks at this place, and announces the place of the next one. */
export function endMeeting(parts: KernelParts): void {
  parts.ranks?.end(endOf(parts))
  recordLostRanks(parts)
}

// Plans the next place: in about 50 ms, or when something is due.
function endOf(parts: KernelParts): End {
  const { loop, condition } = parts
  const { step, call, rewound } = loop
  const stop = condition.stopped || condition.recipeTrouble !== null
  if (isEndDue(parts) && !loop.isEnd) return { next: { step, call, end: true }, paused: false, stop, rewound }
  return { next: condition.superseded ? null : nextPlace(parts), paused: false, stop, rewound }
}

function nextPlace({ loop, queues, intake, pace }: KernelParts): LoopPlace {
  const { step, call, rewound } = loop
  const { stepSeconds } = pace
  const due = queues.nextStep
  if (rewound === null && due <= step) return { step, call: call + 1 }
  const from = rewound ?? step + 1
  const isSoon = queues.submitted.length > 0 || intake?.isBehind === true || stepSeconds === null
  if (isSoon) return { step: from, call: 0 }
  const steps = Math.max(1, Math.round(MEET_SECONDS / Math.max(stepSeconds, 1e-6)))
  return { step: Math.min(from - 1 + steps, Math.max(due, from)), call: 0 }
}

/** Reports once that the other ranks are lost. From then on no commands are processed, and training continues. */
export function recordLostRanks(parts: KernelParts): void {
  const lost = lostRanks(parts)
  if (lost === null || !parts.condition.loseRanks()) return
  const op = { module: 'core', op: 'collective', id: 'main', params: null }
  const error = `the ranks cannot be reached and no more commands are accepted: ${lost}`
  parts.recorder.record(askFor(op, 'kernel', 'kernel'), { decision: 'failed', error })
  parts.recorder.flush()
  parts.note(error)
}

import { answerProposal, readMonitorView } from '@hotcb/monitor/node'
import type { ProposalAnswer, SweepMonitor } from '../../shared/sweeps/sweep-wire.ts'
import type { SweepQuestions } from './messages.ts'
import type { OpenSweep } from './open-sweep.ts'

/** Returns the state of a sweep's monitor, without its plan. */
export function monitorOf({ workspace: { paths } }: OpenSweep): Omit<SweepMonitor, 'plan'> {
  const { tick, tickAt, nextAt, halted, living, spend, proposals, chat } = readMonitorView(paths)
  const { most } = spend
  return {
    ...{ tick, tick_at: tickAt, next_at: nextAt, halted, proposals },
    living: living === null ? null : { ...withoutSeen(living), seen_at: living.seenAt },
    spend: [
      { name: 'usd', used: spend.usd, most: most.usd },
      { name: 'usd_per_day', used: spend.usdToday, most: most.usdToday },
      { name: 'calls', used: spend.calls, most: most.calls },
      { name: 'tokens', used: spend.tokens, most: most.tokens },
    ],
    chat: chat.map(({ timestamp, role, author, text }) => ({ timestamp, role, author, text })),
  }
}

function withoutSeen<Living extends { readonly seenAt: number }>({ seenAt: _, ...rest }: Living) {
  return rest
}

/** Records a person's answer, which the monitor reads. */
export function answerOf(
  { workspace: { paths } }: OpenSweep,
  asked: SweepQuestions['answer']['asked'],
): ProposalAnswer {
  const { isLiving } = answerProposal(paths, { ...asked, nowMs: Date.now() })
  return { note: isLiving ? null : 'no monitor is running: the answer takes effect when you start `herd monitor`' }
}

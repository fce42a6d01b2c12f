import { printable } from '@hotcb/protocol'
import { crashPoint, type Workspace } from '@hotcb/sweep/node'
import { type ActOutcome, type AuditFold, createAuditFold, openActs, type Proposal } from '../audit.ts'
import { staleness } from '../tools/act-of.ts'
import type { TriageDecision } from '../triage/triage.ts'
import type { Act } from '../types.ts'
import { carryOutAct } from './carry-out-act.ts'
import { appendLine, type MonitorPaths, objectsIn } from './monitor-files.ts'
import { readOutlook } from './outlook.ts'
import { scrubbed } from './scrubbed.ts'

/** The only place where a monitor changes a sweep. Each change is recorded in the log before and after it happens. */
export interface Actor {
  readonly fold: AuditFold
  /** Writes a log line. */
  log(event: string, more: Readonly<Record<string, unknown>>): void
  /** Carries out an act that the model requested. */
  act(act: Act): Promise<ActOutcome>
  /** Records a triage decision, and carries it out if it is an act. */
  decide(decision: TriageDecision): Promise<{ readonly outcome: ActOutcome | null; readonly proposal: Proposal | null }>
  /** Asks the operators. @param request The inbox line that contains the request, if it comes from an external agent. */
  propose(act: Act, text: string, request?: { readonly id: string; readonly inbox: number }): Proposal
  /** Processes an operator's answer. Returns the sentence that the operator sees. */
  answer(id: string, verdict: 'approved' | 'rejected', by: string): Promise<string>
  /** Finishes acts that a monitor had begun before it was killed. */
  recover(): Promise<readonly string[]>
}

export interface ActorOptions {
  readonly workspace: Workspace
  readonly paths: MonitorPaths
  /** Epoch milliseconds. */
  readonly nowMs: () => number
  /** Removes secrets. */
  readonly scrub: (text: string) => string
  /** @throws SweepError if another monitor has taken over. */
  readonly check: () => void
  /** Called after a change, because trials may wait for a driver. */
  readonly onActed: () => void
}

export function openActor(options: ActorOptions): Actor {
  const { paths, nowMs, scrub } = options
  const fold = createAuditFold()
  for (const line of objectsIn(paths.log)) fold.take(line)
  let count = 0
  const log = (event: string, more: Readonly<Record<string, unknown>>): void => {
    options.check()
    const line = { timestamp: new Date(nowMs()).toISOString(), event, tick: fold.tick, ...more }
    // The line is used exactly as a restart will read it: without secrets, and as JSON.
    const clean = scrubbed(line, scrub)
    appendLine(paths.log, clean)
    fold.take(clean)
  }
  const nextId = (): string => {
    let id = ''
    do id = `${fold.tick}.${++count}`
    while (fold.acts.has(id) || fold.proposals.has(id))
    return id
  }
  const finish = async (id: string, act: Act): Promise<ActOutcome> => {
    crashPoint('act-intended')
    const outcome = await judged(options, id, act)
    crashPoint('act-done')
    log(act.tool, { id, phase: 'done', ok: outcome.ok, result: printable(outcome.text) })
    if (outcome.ok) options.onActed()
    return outcome
  }
  const actor: Actor = {
    fold,
    log,
    act(act) {
      const id = nextId()
      log(act.tool, { id, phase: 'intent', class: act.class, act })
      return finish(id, act)
    },
    async decide({ key, kind, act, text }) {
      const id = nextId()
      const phase = kind === 'act' ? 'intent' : kind === 'ask' ? 'proposal' : 'report'
      log('triage', { key, id, phase, act, text })
      if (kind === 'act' && act !== null) return { outcome: await finish(id, act), proposal: null }
      return { outcome: null, proposal: fold.proposals.get(id) ?? null }
    },
    propose(act, text, request) {
      const id = request?.id ?? nextId()
      log('proposal', { id, phase: 'proposal', act, text, ...(request !== undefined && { inbox: request.inbox }) })
      return fold.proposals.get(id) ?? { id, act, text, state: 'open', by: null }
    },
    answer: (id, verdict, by) => answerTo({ options, fold, log, finish }, id, verdict, by),
    async recover() {
      const done: string[] = []
      for (const { id, act } of openActs(fold)) {
        const { text } = await finish(id, act)
        done.push(`${act.tool}: ${text}`)
      }
      return done
    },
  }
  return actor
}

interface AnswerParts {
  readonly options: ActorOptions
  readonly fold: AuditFold
  readonly log: Actor['log']
  readonly finish: (id: string, act: Act) => Promise<ActOutcome>
}

async function answerTo(
  { options, fold, log, finish }: AnswerParts,
  id: string,
  verdict: 'approved' | 'rejected',
  by: string,
): Promise<string> {
  const proposal = fold.proposals.get(id)
  if (proposal === undefined) return `there is no proposal ${id}`
  if (proposal.state !== 'open')
    return proposal.state === 'stale'
      ? `proposal ${id} is out of date`
      : `proposal ${id} was ${proposal.state}${proposal.by === null ? '' : ` by ${proposal.by}`}`
  const { act } = proposal
  if (verdict === 'rejected') {
    log('answer', { id, verdict, by })
    return `rejected: ${proposal.text}`
  }
  const outlook = await readOutlook(options.workspace, options.nowMs() / 1000)
  const stale = staleness(act, outlook)
  if (stale !== null) {
    log('answer', { id, verdict: 'stale', by, why: stale })
    return `too late: ${stale}`
  }
  // The answer is also the intent. A recorded answer is carried out, by the next monitor if necessary.
  log('answer', { id, verdict, by, phase: 'intent', act })
  const outcome = await finish(id, act)
  return outcome.ok ? outcome.text : `it failed: ${outcome.text}`
}

/** Acts that apply to all trials that match when they are carried out, because trials may have started or ended in the meantime. */
const OF_MANY: ReadonlySet<string> = new Set(['hold_waiting', 'stop_all'])

/**
 * Carries out an act after checking that its trials have not changed since the decision. An act that was already carried out is not
 * repeated.
 */
async function judged({ workspace, nowMs }: ActorOptions, id: string, act: Act): Promise<ActOutcome> {
  workspace.journal.refresh()
  if (!OF_MANY.has(act.tool) && !workspace.journal.fold.acts.has(`monitor:${id}`)) {
    const stale = staleness(act, await readOutlook(workspace, nowMs() / 1000))
    if (stale !== null) return { ok: false, text: stale }
  }
  return carryOutAct(workspace, id, act)
}

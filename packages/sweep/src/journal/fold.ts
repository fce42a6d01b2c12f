import { fromDocument, type SweepTrial } from '../plan/trial.ts'
import type { AttemptRef, JournalLine, SeenFacts, SeenRow, SeenState, SweepEvent, Want } from './event.ts'

/** One start of a trial. */
export interface Attempt {
  readonly n: number
  readonly sid: string
  readonly executor: string
  /** Its number within the submission; null if it equals the trial's index. */
  readonly task: number | null
  /** The maximum number of its submission's attempts that may run at a time; null for no limit. */
  throttle: number | null
  /** The executor's id; null between the intent to submit and the executor's answer. */
  job: string | null
  /** When the intent to submit was recorded, in epoch seconds; 0 if HyperHerd submitted it, at an unknown time. */
  readonly at: number
  seen: SeenState | null
  /** The number of restarts by the scheduler. */
  r: number
  facts: SeenFacts
  /** The signals that it received, with their times: `TERM`, `KILL`, `signal`. */
  readonly told: { readonly what: string; readonly ts: number }[]
}

/** The SLURM resources of a trial that override the config. */
export interface TrialResources {
  readonly mem?: string
  readonly time?: string
}

/** Everything that the journal contains about a trial. */
export interface TrialRecord {
  readonly trial: SweepTrial
  isDropped: boolean
  isOrphan: boolean
  /** Whether a run was requested and it has not started since. */
  isCalled: boolean
  wish: Want | null
  /** The reason of the request. */
  why: string | null
  /** Whether it must stop immediately, without time to save. */
  isKilled: boolean
  /** Memory and time on SLURM that a call set for it; empty to use the config's. */
  resources: TrialResources
  readonly attempts: Attempt[]
}

/** Attempts that were submitted together. */
export interface Submission {
  readonly executor: string
  /** Includes attempts of trials that the journal never contained because HyperHerd had dropped them. */
  readonly attempts: readonly AttemptRef[]
  /** Whether its attempts have separate numbers. */
  readonly isMapped: boolean
  /** The executor's number for it; null between the intent to submit and the executor's answer. */
  job: string | null
}

/** A planner's decision. */
export type Decision = Extract<SweepEvent, { type: 'decide' }> & { readonly ts: number; readonly by: string }

/** The outcome of a population decision. */
export type Lineage = Extract<SweepEvent, { type: 'lineage' }>

/** A config with the command-line options that override its fields. */
export interface ConfigInForce {
  readonly sha256: string
  readonly text: string
  readonly executor: string | null
  readonly maxConcurrent: number | null
  readonly mem: string | null
  readonly time: string | null
  /** The requested stages; null for all. */
  readonly stages: readonly string[] | null
}

/** A sweep's state: a function of its journal lines. */
export interface Fold {
  readonly trials: ReadonlyMap<number, TrialRecord>
  readonly decisions: ReadonlyMap<string, Decision>
  /** The outcomes of population decisions, by decision key. */
  readonly lineages: ReadonlyMap<string, Lineage>
  /** The text of the current config; null before the first `run`. */
  readonly config: ConfigInForce | null
  /** The largest index ever assigned, plus one. */
  readonly nextIndex: number
  /** Submissions whose outcome is not known. */
  readonly open: ReadonlyMap<string, readonly AttemptRef[]>
  /** All submissions that were not withdrawn, in order. */
  readonly submissions: ReadonlyMap<string, Submission>
  /** The acts that programs have carried out: the names in `call` and `wish`. */
  readonly acts: ReadonlySet<string>
  /** The latest export of the views. */
  readonly exported: string | null
  /** The hashes of views in the journal: those that were exported, and HyperHerd's views that were adopted. */
  readonly knownViews: ReadonlySet<string>
  /** Increases with every event that can change the sweep's visible state. */
  readonly changes: number
  apply(line: JournalLine): void
}

/** The same state in a form that events change. */
interface State {
  readonly trials: Map<number, TrialRecord>
  readonly decisions: Map<string, Decision>
  readonly lineages: Map<string, Lineage>
  readonly open: Map<string, readonly AttemptRef[]>
  readonly submissions: Map<string, Submission>
  readonly knownViews: Set<string>
  readonly acts: Set<string>
  config: Fold['config']
  nextIndex: number
  exported: string | null
  changes: number
}

export function createFold(): Fold {
  const state: State = {
    trials: new Map(),
    decisions: new Map(),
    lineages: new Map(),
    open: new Map(),
    submissions: new Map(),
    knownViews: new Set(),
    acts: new Set(),
    config: null,
    nextIndex: 0,
    exported: null,
    changes: 0,
  }
  return {
    trials: state.trials,
    decisions: state.decisions,
    lineages: state.lineages,
    open: state.open,
    submissions: state.submissions,
    knownViews: state.knownViews,
    acts: state.acts,
    get config() {
      return state.config
    },
    get nextIndex() {
      return state.nextIndex
    },
    get exported() {
      return state.exported
    },
    get changes() {
      return state.changes
    },
    apply(line) {
      const { type } = line.event
      if (!UNSEEN.has(type)) state.changes++
      APPLY[type](state, line.event as never, line)
    },
  }
}

/** Events that only concern the files themselves. */
const UNSEEN: ReadonlySet<SweepEvent['type']> = new Set(['open', 'exported', 'adopted'])

type Apply<Type extends SweepEvent['type']> = (
  state: State,
  event: Extract<SweepEvent, { readonly type: Type }>,
  line: JournalLine,
) => void

type Mark = 'drop' | 'orphan' | 'revive'

const marks = ({ trials }: State, { trials: indices, type }: Extract<SweepEvent, { readonly type: Mark }>): void => {
  for (const record of recordsOf(trials, indices)) mark(record, type)
}

const APPLY: { readonly [Type in SweepEvent['type']]: Apply<Type> } = {
  open: () => {},
  config: (state, event) => {
    const { sha256, text, executor = null, max_concurrent: maxConcurrent = null, mem = null, time = null } = event
    state.config = { sha256, text, executor, maxConcurrent, mem, time, stages: event.stages ?? null }
  },
  plan: (state, { trials }) => {
    for (const document of trials) {
      state.trials.set(document.i, newRecord(fromDocument(document)))
      state.nextIndex = Math.max(state.nextIndex, document.i + 1)
    }
  },
  drop: marks,
  orphan: marks,
  revive: marks,
  call: ({ trials, acts }, event) => {
    for (const record of recordsOf(trials, event.trials)) call(record, event)
    if (event.act !== undefined) acts.add(event.act)
  },
  wish: ({ trials, acts }, event) => {
    for (const record of recordsOf(trials, event.trials)) wish(record, event)
    if (event.act !== undefined) acts.add(event.act)
  },
  intent: (state, event, { ts }) => {
    const { sid, executor, attempts, tasks, job = null } = event
    if (job === null) state.open.set(sid, attempts)
    state.submissions.set(sid, { executor, attempts, isMapped: tasks !== undefined, job })
    begin(state.trials, event, job === null ? ts : 0)
    for (const [i] of attempts) state.nextIndex = Math.max(state.nextIndex, i + 1)
  },
  sent: (state, { sid, job }) => {
    state.open.delete(sid)
    const submission = state.submissions.get(sid)
    if (submission === undefined) return
    submission.job = job
    for (const [i, n] of submission.attempts) {
      const attempt = attemptOf(state.trials, i, n)
      if (attempt?.sid === sid) attempt.job = job
    }
  },
  unsent: (state, { sid }) => {
    state.open.delete(sid)
    for (const [i] of state.submissions.get(sid)?.attempts ?? []) takeBack(state.trials.get(i), sid)
    state.submissions.delete(sid)
  },
  seen: ({ trials }, { rows }) => {
    for (const row of rows) see(trials, row)
  },
  decide: ({ decisions }, event, { ts, by }) => {
    if (!decisions.has(event.key)) decisions.set(event.key, { ...event, ts, by })
  },
  lineage: ({ lineages }, event) => {
    if (!lineages.has(event.key)) lineages.set(event.key, event)
  },
  told: ({ trials }, { i, n, what }, { ts }) => {
    attemptOf(trials, i, n)?.told.push({ what, ts })
  },
  throttle: ({ trials, submissions }, { sid, tasks }) => {
    for (const [i, n] of submissions.get(sid)?.attempts ?? []) {
      const attempt = attemptOf(trials, i, n)
      if (attempt?.sid === sid) attempt.throttle = tasks
    }
  },
  exported: (state, { sha256 }) => {
    state.knownViews.add(sha256)
    state.exported = sha256
  },
  adopted: ({ knownViews }, { sha256 }) => {
    knownViews.add(sha256)
  },
}

function newRecord(trial: SweepTrial): TrialRecord {
  return {
    trial,
    isDropped: false,
    isOrphan: false,
    isCalled: false,
    wish: null,
    why: null,
    isKilled: false,
    resources: {},
    attempts: [],
  }
}

function recordsOf(trials: ReadonlyMap<number, TrialRecord>, indices: readonly number[]): readonly TrialRecord[] {
  return indices.flatMap((i) => trials.get(i) ?? [])
}

function mark(record: TrialRecord, type: Mark): void {
  if (type === 'drop') record.isDropped = true
  else if (type === 'orphan') record.isOrphan = true
  else {
    record.isDropped = false
    record.isOrphan = false
  }
}

function call(record: TrialRecord, { mem, time }: Extract<SweepEvent, { type: 'call' }>): void {
  record.isCalled = true
  record.wish = null
  record.why = null
  record.isKilled = false
  record.resources = {
    ...record.resources,
    ...(mem !== undefined && { mem }),
    ...(time !== undefined && { time }),
  }
}

function wish(record: TrialRecord, { want, why, kill = false }: Extract<SweepEvent, { type: 'wish' }>): void {
  if (want === 'resume') {
    record.wish = null
    record.isCalled = true
  } else {
    record.wish = want
    if (want !== 'hold') record.isCalled = false
  }
  record.why = why ?? null
  record.isKilled = kill
}

function begin(
  trials: ReadonlyMap<number, TrialRecord>,
  { sid, executor, attempts, tasks, gpus, throttle, job, recorded }: Extract<SweepEvent, { type: 'intent' }>,
  at: number,
): void {
  for (const [place, [i, n]] of attempts.entries()) {
    const record = trials.get(i)
    if (record === undefined) continue
    const task = tasks?.[place] ?? null
    const own = gpus?.[place] ?? ''
    const end = recorded?.[place] ?? null
    const hasNone = own === '' && end === null
    const facts = hasNone ? NO_FACTS : { ...(own !== '' && { gpus: own }), ...(end !== null && { recorded: end }) }
    const limits = { task, throttle: throttle ?? null }
    const attempt = newAttempt({ n, sid, executor, ...limits, job: job ?? null, at, facts })
    record.attempts.push(attempt)
    record.isCalled = false
  }
}

const NO_FACTS: SeenFacts = {}

function newAttempt({
  n,
  sid,
  executor,
  task,
  throttle,
  job,
  at,
  facts,
}: Omit<Attempt, 'seen' | 'r' | 'told'>): Attempt {
  return { n, sid, executor, task, throttle, job, at, seen: null, r: 0, facts, told: [] }
}

// It never ran, so its number is reused and the trial is waiting again.
function takeBack(record: TrialRecord | undefined, sid: string): void {
  const at = record?.attempts.findIndex((attempt) => attempt.sid === sid) ?? -1
  if (record === undefined || at < 0) return
  record.attempts.splice(at, 1)
  // Requests that were made in the meantime are kept.
  record.isCalled = record.wish === null || record.wish === 'hold'
}

function see(trials: ReadonlyMap<number, TrialRecord>, [i, n, r, state, facts]: SeenRow): void {
  const attempt = attemptOf(trials, i, n)
  // An end state is final unless the scheduler has restarted the attempt since.
  if (attempt === undefined || r < attempt.r || (isEnd(attempt.seen) && !isEnd(state) && r === attempt.r)) return
  attempt.seen = state
  attempt.r = r
  attempt.facts = attempt.facts === NO_FACTS ? facts : { ...attempt.facts, ...facts }
}

function attemptOf(trials: ReadonlyMap<number, TrialRecord>, i: number, n: number): Attempt | undefined {
  const attempts = trials.get(i)?.attempts
  const newest = attempts?.at(-1)
  return newest?.n === n ? newest : attempts?.find((one) => one.n === n)
}

/** Whether this state means that an attempt has ended. */
export function isEnd(state: SeenState | null): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled'
}

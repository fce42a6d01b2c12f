import { type Json, type JsonObject, type LedgerLine, readAttempt } from '@hotcb/protocol'
import { foldJudge } from './fold-judge.ts'
import { changeMutation, declineMutation, failMutation } from './fold-mutation.ts'
import { foldPropose } from './fold-propose.ts'
import { foldRescue, foldRescueLoad } from './fold-rescue.ts'
import { EMPTY_STORY, openMutation, TUNE_MODES, type TuneMode, type TunerHistory } from './story.ts'
import { mutationOfCid, TAGS } from './words.ts'

/** Folds ledger lines, one after another, into a tuner's history. */
export interface TunerHistoryFold {
  readonly story: TunerHistory
  add(line: LedgerLine): void
}

/** Returns an empty fold. */
export function createTunerHistoryFold(): TunerHistoryFold {
  let story = EMPTY_STORY
  let attempt = 0
  return {
    get story() {
      return story
    },
    add(line) {
      // The line is from a kernel that another kernel had superseded. Such lines do not count.
      if (line.attempt !== null && line.attempt < attempt) return
      const opened = readAttempt(line)
      if (opened !== null) attempt = Math.max(attempt, opened.n)
      // The line re-applies an earlier one, which was already folded.
      if (line.of !== null) return
      story = foldLine(story, line)
    },
  }
}

/** Folds a ledger's lines. */
export function storyOf(lines: Iterable<LedgerLine>): TunerHistory {
  const fold = createTunerHistoryFold()
  for (const line of lines) fold.add(line)
  return fold.story
}

function foldLine(story: TunerHistory, line: LedgerLine): TunerHistory {
  const { module, decision } = line
  const mutation = mutationOfCid(line.cid)
  if (mutation !== null) return foldSet(story, line, mutation)
  if (decision !== 'applied') return foldRefused(story, line)
  if (module === 'core') return foldCore(story, line)
  if (module === 'tune') return foldOwn(story, line)
  return foldChange(line.source === 'tune' ? story : { ...story, isDisturbed: true }, line)
}

// During a freeze, all tuner ops are refused, so the tuner waits until the freeze ends.
function foldRefused(story: TunerHistory, line: LedgerLine): TunerHistory {
  const { module, op, source, decision, params, error } = line
  if (module !== 'tune' && source !== 'tune') return story
  if (decision === 'ignored_freeze' || decision === 'ignored_replay') return freeze(story, true, 'the run was frozen')
  if (module !== 'core' || op !== 'checkpoint' || params?.['action'] === 'drop') return story
  // The trainer has no checkpoints or could not load one, so the ladder has ended.
  const isLoad = params?.['action'] === 'load'
  return isLoad || /registered no/.test(error ?? '') ? { ...story, canLoad: false, ladder: null } : story
}

function foldCore(story: TunerHistory, line: LedgerLine): TunerHistory {
  const { op, payload, source } = line
  switch (op) {
    case 'freeze':
    case 'unfreeze':
      return freeze(story, op === 'freeze' && payload?.['mode'] !== 'off', 'the run was frozen')
    case 'checkpoint':
      if (payload?.['action'] === 'load') return foldLoad(story, line)
      return source === 'tune' ? foldOwnCheckpoint(story, payload) : story
    case 'attempt':
      return foldSeam(story, payload)
    default:
      return story
  }
}

function freeze(story: TunerHistory, isFrozen: boolean, because: string): TunerHistory {
  if (!isFrozen) return { ...story, isFrozen }
  return { ...voidOpen(story, because), isFrozen, watched: null }
}

// If someone else loads a checkpoint, the open judgement ends, because the weights are different.
function foldLoad(story: TunerHistory, line: LedgerLine): TunerHistory {
  const step = numberOf(line.payload?.['step'])
  const loaded = line.source === 'tune' ? foldRescueLoad(story) : voidOpen(story, 'a checkpoint was loaded')
  const isUndo = line.source === 'tune' && line.payload?.['tag'] === TAGS.pre
  const lost = isUndo && line.step !== null ? Math.max(0, line.step + 1 - step) : 0
  return clampSteps({ ...loaded, watched: null, lostSteps: loaded.lostSteps + lost }, step)
}

function foldOwnCheckpoint(story: TunerHistory, payload: JsonObject | null): TunerHistory {
  const { action, tag, step } = payload ?? {}
  const isThere = action === 'save'
  if (tag === TAGS.start) return { ...story, hasStart: isThere }
  if (tag === TAGS.pre) return { ...story, hasPre: isThere, preStep: numberOf(step) }
  if (tag === TAGS.good) return { ...story, hasGood: isThere, goodStep: numberOf(step) }
  return story
}

// Training continues from an earlier step. Decisions from later steps count as if they had been made at that step.
function foldSeam(story: TunerHistory, payload: JsonObject | null): TunerHistory {
  if (payload?.['cut'] !== true || typeof payload['step'] !== 'number') return story
  const { step } = payload
  if (step > 0) return clampSteps(story, step)
  return { ...clampSteps(story, 0), hasGood: false, goodStep: 0 }
}

function clampSteps(story: TunerHistory, step: number): TunerHistory {
  return {
    ...story,
    changedStep: Math.min(story.changedStep, step - 1),
    judgedStep: Math.min(story.judgedStep, step - 1),
  }
}

function foldOwn(story: TunerHistory, line: LedgerLine): TunerHistory {
  const { op, payload, params } = line
  switch (op) {
    case 'enable':
      return { ...story, mode: modeOf(payload?.['mode']), streak: 0, restingIn: null }
    case 'disable':
      return { ...story, mode: 'off' }
    case 'set':
      return { ...story, settings: { ...story.settings, ...settingsOf(payload ?? params) } }
    case 'propose':
      return foldPropose(story, line)
    case 'reject':
      return declineMutation(story, line)
    case 'judge':
      return foldJudge(story, line)
    case 'rescue':
      return foldRescue(story, line)
    default:
      return story
  }
}

// Null restores the default of a setting, which is how `set` is undone.
function settingsOf(given: JsonObject | null): Readonly<Record<string, Json>> {
  return given ?? {}
}

// Folds a mutation's command, from the tuner or from a person who accepted it.
function foldSet(story: TunerHistory, line: LedgerLine, id: string): TunerHistory {
  const { decision, step, seq, old, error } = line
  const isFrozen = decision === 'ignored_freeze' || decision === 'ignored_replay'
  if (decision === 'skipped_noop') return story
  if (decision !== 'applied') {
    const failed = failMutation(story, id, error ?? decision)
    return isFrozen ? { ...failed, isFrozen } : failed
  }
  const applied = changeMutation(
    { ...story, changedStep: step ?? story.changedStep, watched: null, isDisturbed: false },
    id,
    (one) => ({ ...one, state: 'applied', appliedStep: step ?? one.step, appliedSeq: seq, old }),
    'applied',
  )
  return applied
}

// Folds a control change by anyone. If it affects the open mutation's control, the judgement ends.
function foldChange(story: TunerHistory, line: LedgerLine): TunerHistory {
  const { module, op, source, step, seq, payload, old } = line
  if (op !== 'set_params' || step === null) return story
  const changed = { ...story, changedStep: Math.max(step, story.changedStep) }
  if (source === 'tune') return changed
  const keys = [...new Set([...Object.keys(payload ?? {}), ...Object.keys(old ?? {})])]
  const open = openMutation(story)
  const touches = open !== undefined && open.module === module && keys.some((key) => isSame(key, open.key))
  if (touches) return { ...voidOpen(changed, `${source} changed \`${open.key}\``), watched: null }
  const [key] = keys
  if (open !== undefined || key === undefined) return changed
  return { ...changed, watched: { seq, step, module, key, source } }
}

function isSame(key: string, other: string): boolean {
  return key === other || (RATE_KEYS.includes(key) && RATE_KEYS.includes(other))
}

const RATE_KEYS: readonly string[] = ['lr', 'scheduler_scale', 'scheduler_drop']

function voidOpen(story: TunerHistory, because: string): TunerHistory {
  const open = openMutation(story)
  return open === undefined
    ? story
    : changeMutation(story, open.id, (one) => ({ ...one, state: 'void', because }), 'evaluated')
}

function modeOf(value: Json | undefined): TuneMode {
  return TUNE_MODES.find((mode) => mode === value) ?? 'active'
}

function numberOf(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0
}

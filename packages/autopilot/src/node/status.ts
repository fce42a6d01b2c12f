import { isObject, type JsonObject, runFiles } from '@hotcb/protocol'
import { type Run, readHolder } from '@hotcb/run/node'
import { type ActionRecord, type AutopilotHolder, type AutopilotMode, isMode } from '../types.ts'
import { modeOf } from './agent.ts'
import { currentMomentOf, readAutopilotHistory } from './read-story.ts'

/** The state of a run's autopilot, read from its files. */
export interface AutopilotStatus {
  /** Null: no autopilot has run here. */
  readonly holder: AutopilotHolder | null
  /** The mode at its start, or after the most recent change. */
  readonly mode: AutopilotMode | null
  readonly keyMetric: string | null
  /** The report from a module inside the trainer; null for an agent in a separate process. */
  readonly module: JsonObject | null
  readonly open: readonly ActionRecord[]
  readonly queued: number
  readonly applied: number
  /** The number of all other decided actions, and of alerts. */
  readonly other: number
}

/**
 * Reads which autopilot is watching a run, its mode, and the proposals that are waiting for a person.
 *
 * @param actions The autopilot's actions. Default: they are read from its files.
 * @throws JournalError if a file cannot be read.
 */
export function readAutopilotStatus(
  run: Run,
  actions: readonly ActionRecord[] = readAutopilotHistory(run, currentMomentOf(run)).actions,
): AutopilotStatus {
  const reading = readHolder(run, runFiles.autopilot)
  const open = actions.filter(({ state }) => state === 'open')
  const queued = actions.filter(({ state }) => state === 'queued').length
  const applied = actions.filter(({ state }) => state === 'applied').length
  const module = moduleOf(run)
  const { mode, keyMetric } = toldIn(run)
  return {
    holder: holderOf(reading),
    mode: isMode(module?.['mode']) ? module['mode'] : mode,
    keyMetric: typeof module?.['key_metric'] === 'string' ? module['key_metric'] : keyMetric,
    module,
    open,
    queued,
    applied,
    other: actions.length - open.length - queued - applied,
  }
}

function holderOf(reading: ReturnType<typeof readHolder>): AutopilotHolder | null {
  if (reading === undefined) return null
  const { n, engine, pid, host } = reading.holder
  const { ts } = reading.begin
  return { n, engine, pid, host, since: typeof ts === 'number' ? ts : null, isAlive: reading.isAlive }
}

function moduleOf(run: Run): JsonObject | null {
  const { state } = run.readState()
  const told = state?.closed === false ? state.modules['autopilot'] : null
  // A state document is JSON.
  return isObject(told) ? (told as JsonObject) : null
}

/** Returns the holder's mode and key metric, according to its log. */
function toldIn(run: Run): { readonly mode: AutopilotMode | null; readonly keyMetric: string | null } {
  let mode: AutopilotMode | null = null
  let keyMetric: string | null = null
  for (const { value } of run.records('autopilot')) {
    if (value.kind === 'begin') keyMetric = value.metric
    mode = modeOf(value) ?? mode
  }
  return { mode, keyMetric }
}

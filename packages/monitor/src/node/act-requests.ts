import { randomBytes } from 'node:crypto'
import { type JsonObject, type Result, refused, sameJson } from '@hotcb/protocol'
import { loadConfig, lookOnly, SweepError, type Workspace } from '@hotcb/sweep/node'
import type { MonitorConfig } from '../config.ts'
import { actOf, staleness } from '../tools/act-of.ts'
import { checkArguments } from '../tools/arguments.ts'
import { findTool, TOOLS } from '../tools/table.ts'
import type { Act, ActRequest, Outlook } from '../types.ts'
import { addToInbox, monitorPaths } from './monitor-files.ts'
import { proposalViews } from './monitor-view.ts'
import { livingMonitor } from './one-monitor.ts'
import { readOutlook } from './outlook.ts'
import { questionOf } from './run-tool.ts'
import { loadMonitorConfig } from './setup.ts'

/** An external agent's request to a sweep's operators. */
export interface ActDraft {
  /** One of {@link PROPOSABLE_TOOLS}, with its arguments. */
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
  readonly reason: string
  /** The channel, such as `mcp`. */
  readonly source: string
  readonly author: string
  readonly nowMs: number
}

/** A proposal that is waiting for the operators. */
export interface RequestedAct {
  readonly id: string
  readonly text: string
  /** Whether the same act had already been proposed, so that nothing was added. */
  readonly isKnown: boolean
  /** The monitor that shows it to the operators; null if none is running, in which case the proposal waits until one is started. */
  readonly monitor: string | null
}

/** The tools that change something. */
export const PROPOSABLE_TOOLS: readonly string[] = TOOLS.filter(
  ({ class: toolClass }) => toolClass !== 'read' && toolClass !== 'note',
).map(({ name }) => name)

/** The maximum number of agents' proposals that may be waiting at the same time. */
const MOST = 20

/**
 * Adds a proposal to a sweep's inbox. It is bound to the current state of its trials. The monitor, or the next one, shows it to the
 * operators, and carries it out once if they approve it and nothing has changed.
 *
 * @throws SweepError `refused` with one line.
 */
export async function requestAct(workspace: Workspace, draft: ActDraft): Promise<RequestedAct> {
  const { tool, reason, source, author, nowMs } = draft
  const { root, state } = workspace.paths
  const paths = monitorPaths(root, state)
  const config = loadMonitorConfig(loadConfig(workspace.paths).text)
  const outlook = await readOutlook(lookOnly(workspace), nowMs / 1000)
  const decided = judgeRequest(tool, { ...draft.args, reason }, outlook, config)
  if (!decided.ok) throw new SweepError('refused', [decided.reason])
  const act = decided.value
  const waiting = proposalViews(paths)
  const monitor = livingMonitor(paths)
  const text = `${questionOf(act)} (${author}, through ${source})`
  const same = waiting.find((one) => one.text.startsWith(questionOf({ ...act, reason: '' })))
  if (same !== undefined) return { id: same.id, text: same.text, isKnown: true, monitor }
  const own = waiting.filter((one) => one.id.startsWith(MARK)).length
  if (own >= MOST) throw new SweepError('refused', [`${own} agent proposals are already waiting for an answer`])
  const id = `${MARK}${randomBytes(6).toString('hex')}`
  const timestamp = new Date(nowMs).toISOString()
  addToInbox(state, {
    timestamp,
    source,
    author,
    text,
    isOperator: false,
    proposal: { id, tool, args: draft.args, reason, expect: act.expect },
  })
  return { id, text, isKnown: false, monitor }
}

// Chat buttons write the dot in an id as a dash, so an id must not contain a dash.
const MARK = 'q'

/** Checks an act from outside: its arguments, the config's bounds, and the classes that the config never allows. */
function judgeRequest(
  tool: string,
  given: Readonly<Record<string, unknown>>,
  outlook: Outlook,
  config: MonitorConfig,
): Result<Act> {
  const spec = findTool(tool)
  if (spec === undefined || !PROPOSABLE_TOOLS.includes(tool)) {
    return refused(`\`${tool.slice(0, 60)}\` must be one of ${PROPOSABLE_TOOLS.join(', ')}`)
  }
  const { reason, ...rest } = given
  const read = checkArguments(spec, Object.hasOwn(spec.args, 'reason') ? given : rest)
  if (!read.ok) return read
  const decided = actOf(spec, read.value, outlook, config)
  if (!decided.ok) return decided
  const { class: toolClass } = decided.value
  if (config.permissions[toolClass] === 'never') {
    return refused(`the config allows no ${toolClass} acts (\`monitor.allow.${toolClass}\`)`)
  }
  return { ok: true, value: { ...decided.value, reason: String(reason ?? '') } }
}

/**
 * Converts a request from the inbox to an act. It is checked again, because anyone may have written to the inbox and the state may have
 * changed.
 */
export function actOfRequest(
  { tool, args, reason, expect }: ActRequest,
  outlook: Outlook,
  config: MonitorConfig,
): Result<Act> {
  const stale = staleness({ expect }, outlook)
  if (stale !== null) return refused(stale)
  const decided = judgeRequest(tool, { ...args, reason }, outlook, config)
  if (!decided.ok) return decided
  const isSame = sameJson(decided.value.expect.map(plainStamp), expect.map(plainStamp))
  return isSame ? decided : refused('its trials have changed since')
}

function plainStamp({ i, state, attempt }: Act['expect'][number]): JsonObject {
  return { i, state, attempt }
}

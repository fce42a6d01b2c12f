import { loadConfig, lookOnly, type Workspace } from '@hotcb/sweep/node'
import { createAuditFold } from '../audit.ts'
import { deltaSince } from '../delta.ts'
import { SYSTEM_PROMPT } from '../prompt/system.ts'
import { tickMessage } from '../prompt/tick-state.ts'
import { triage } from '../triage/triage.ts'
import type { Trigger } from '../types.ts'
import { monitorPaths, objectsIn, readInbox } from './monitor-files.ts'
import type { MonitorPort } from './monitor-parts.ts'
import { readOutlook } from './outlook.ts'
import { ruleDecisions } from './rule-decisions.ts'
import { scrubbed } from './scrubbed.ts'
import { environmentScrub, loadMonitorConfig } from './setup.ts'
import { stateFor } from './tick.ts'
import { readTickRecord } from './tick-record.ts'

/** A tick's initial state. */
export interface MonitorDryRun {
  readonly system: string
  readonly state: Readonly<Record<string, unknown>>
  readonly message: string
}

/** Assembles a tick's state and message. Nothing is written, and no model is called. */
export async function dryRunTick(
  workspace: Workspace,
  trigger: Trigger,
  env: MonitorPort['env'],
  nowMs: number = Date.now(),
): Promise<MonitorDryRun> {
  const { root, state } = workspace.paths
  const paths = monitorPaths(root, state)
  const config = loadMonitorConfig(loadConfig(workspace.paths).text)
  const fold = createAuditFold()
  for (const line of objectsIn(paths.log)) fold.take(line)
  const before = readTickRecord(paths)
  const outlook = await readOutlook(lookOnly(workspace), nowMs / 1000)
  const { made, retries, pruned } = fold
  const decisions = [
    ...triage({ outlook, limits: config.triage, made, retries, pruned }),
    ...ruleDecisions({ workspace, paths, config }, fold, outlook),
  ]
  const lines = decisions.map(({ text }) => text)
  const shown = stateFor(
    { setup: null, actor: { fold }, paths },
    {
      ...{ trigger, outlook, lines, before },
      number: fold.tick + 1,
      delta: deltaSince(before.stamps, outlook.trials),
      inbox: readInbox(paths)
        .slice(before.inbox)
        .filter(({ proposal }) => proposal === undefined),
    },
  )
  const scrub = environmentScrub(root, env)
  return { system: SYSTEM_PROMPT, state: scrubbed(shown, scrub), message: scrub(tickMessage(shown)) }
}

import { metricSeries, type Workspace } from '@hotcb/sweep/node'
import type { AuditFold } from '../audit.ts'
import type { MonitorConfig } from '../config.ts'
import { judgeRules } from '../rules/judge-rules.ts'
import { readRules } from '../rules/read-rules.ts'
import type { TriageDecision } from '../triage/triage.ts'
import type { Outlook } from '../types.ts'
import { type MonitorPaths, readPlan, readUserPrompt } from './monitor-files.ts'

interface RuleParts {
  readonly workspace: Workspace
  readonly paths: MonitorPaths
  readonly config: MonitorConfig
}

/** Evaluates the rules in PROMPT.md and in the plan. */
export function ruleDecisions(
  { workspace, paths, config }: RuleParts,
  { made, pruned }: Pick<AuditFold, 'made' | 'pruned'>,
  outlook: Outlook,
): readonly TriageDecision[] {
  const found = readRules(readUserPrompt(paths) ?? '', readPlan(paths))
  const metrics = (i: number): ReturnType<typeof metricSeries> => metricSeries(workspace.paths.results, i)
  return judgeRules({ ...found, outlook, config, metrics, made, pruned })
}

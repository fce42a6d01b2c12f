import { type ActionRecord, type AiDecision, ruleStates } from '@hotcb/autopilot'
import type { AutopilotDocument } from '../shared/autopilot.ts'
import type { OpenRun } from './run.ts'

/** Returns all actions of a run's autopilot, oldest first. */
export async function actionsOf(run: OpenRun): Promise<readonly ActionRecord[]> {
  return (await storyOf(run)).actions
}

/** Returns the state of a run's autopilot: its rules, the proposals that are waiting for a person, and the latest actions. */
export async function autopilotDocument(run: OpenRun): Promise<AutopilotDocument> {
  const { status, actions, step, frozen } = await storyOf(run)
  const { rules, trouble } = await run.rules.read()
  const standings = ruleStates(rules, actions, step)
  const { holder, mode, keyMetric, module, open, queued, applied } = status
  return {
    holder,
    mode,
    keyMetric,
    isModule: module !== null,
    open: open.length,
    queued,
    applied,
    rules: rules.flatMap(({ cooldown: _, ...rule }, i) => {
      const standing = standings[i]
      return standing === undefined ? [] : [{ ...rule, standing }]
    }),
    trouble,
    proposals: actions.filter(({ state }) => state === 'open').slice(-MOST_PROPOSALS),
    frozen,
    actions: actions.slice(-MOST_ACTIONS).reverse(),
    more: actions.length > MOST_ACTIONS,
    decisions: newestDecisions(run, actions),
  }
}

/** Returns the latest calls to a language model, newest first. */
export async function decisionsIn(run: OpenRun): Promise<readonly AiDecision[]> {
  return newestDecisions(run, await actionsOf(run))
}

function newestDecisions(run: OpenRun, actions: readonly ActionRecord[]): readonly AiDecision[] {
  return run.autopilot.decisions(actions).slice(-MOST_DECISIONS).reverse()
}

const MOST_DECISIONS = 20
const MOST_PROPOSALS = 50
const MOST_ACTIONS = 30

async function storyOf(run: OpenRun) {
  const { state, freeze } = await run.state()
  await run.ledger.refresh()
  const step = state?.step ?? null
  const read = await run.autopilot.read({ step, now: Date.now() / 1000 })
  return { ...read, step, frozen: freeze.mode === 'off' ? null : freeze.mode }
}

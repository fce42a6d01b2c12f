import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Json, type JsonObject, runFiles } from '@hotcb/protocol'
import { onTestFinished } from 'vitest'
import {
  type AiConfig,
  type AiDecision,
  type AiMode,
  DEFAULT_AI,
  DEFAULT_LIMITS,
  type Limits,
  readRuleFile,
} from '../../src/index.ts'
import { openAiDriver } from '../../src/node/ai/driver.ts'
import { type Agent, openAgent, openAi, readAutopilotHistory, readDecisions } from '../../src/node.ts'
import type { ActionRecord } from '../../src/types.ts'
import { type SteeredRun, steeredRun, temporaryDirectory } from './steered-run.ts'

/** A run whose agent queries a model, with a clock that the test controls. */
export interface AdvisedRun {
  readonly steered: SteeredRun
  readonly agent: Agent
  /** The user's state directory. */
  readonly state: string
  readonly notes: readonly string[]
  /** Records a number of steps, advances the clock, and lets the agent query and act until nothing is in progress. */
  pass(steps?: number, metrics?: Readonly<Record<string, Json>>): Promise<void>
  actions(): readonly ActionRecord[]
  decisions(): readonly AiDecision[]
  /** Ops and decisions of the ledger lines that the autopilot caused. */
  commands(): readonly string[]
  /** The lines of the spending document. */
  spending(): readonly JsonObject[]
  /** Everything that was written into the run and the state directory, and every note. */
  everything(): string
}

export interface AdvisedOptions {
  readonly mode?: AiMode
  readonly ai: Partial<AiConfig>
  readonly env?: Readonly<Record<string, string>>
  readonly limits?: Limits
  readonly rules?: string
  readonly steered?: SteeredRun
  readonly state?: string
  readonly beliefs?: readonly string[]
  /** The last step that was recorded before. */
  readonly from?: number
}

const NO_RULES = 'version: 2\nrules: []\n'

export function advisedRun({ mode = 'ai_auto', ai, env = {}, ...given }: AdvisedOptions): AdvisedRun {
  const { limits = DEFAULT_LIMITS, rules = NO_RULES, beliefs = [] } = given
  const steered = given.steered ?? steeredRun()
  const state = given.state ?? temporaryDirectory()
  const notes: string[] = []
  // The kernel reads the real clock, and refuses what has expired.
  let nowMs = Date.now()
  let step = given.from ?? 0
  const read = readRuleFile(rules)
  if (!read.ok) throw new Error(read.reason)
  const config = { ...DEFAULT_AI, ...ai }
  const agent = openAgent(steered.dir, {
    ...{ mode, limits, ruleSet: read.value, keyMetric: { name: 'loss', direction: 'min' }, takeOver: true },
    nowMs: () => nowMs,
  })
  onTestFinished(() => agent.close())
  const driver = openAiDriver({
    ...{ run: steered.run, hold: agent.hold, config, beliefs: () => beliefs, nowMs: () => nowMs },
    setup: openAi(steered.dir, config, { ...env, XDG_STATE_HOME: state }),
    note: (text) => notes.push(text),
  })
  agent.useModel(driver)
  return {
    ...{ steered, agent, state, notes },
    async pass(steps = 60, metrics = {}) {
      const lines: string[] = []
      for (let i = 0; i < steps; i++) {
        step++
        lines.push(
          `${JSON.stringify({ step, wall_time: nowMs / 1000, metrics: { loss: 1 + 1 / step, ...metrics } })}\n`,
        )
      }
      appendFileSync(join(steered.dir, runFiles.metrics), lines.join(''))
      nowMs += 60_000
      agent.look()
      await driver.settled()
      nowMs += 3000
      agent.look()
      steered.step()
      nowMs += 3000
      agent.look()
    },
    actions: () => readAutopilotHistory(steered.run).actions,
    decisions: () => readDecisions(steered.run, readAutopilotHistory(steered.run).actions),
    commands: () =>
      steered
        .ledger()
        .filter(({ cid }) => cid?.startsWith('ap-a') === true)
        .map(({ op, decision, source }) => `${source} ${op} ${decision}`),
    spending: () => linesOf(join(state, 'hotcb', 'ai-spending.jsonl')),
    everything: () => [textsBelow(steered.dir), textsBelow(state), notes.join('\n')].join('\n'),
  }
}

function linesOf(path: string): readonly JsonObject[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((text) => JSON.parse(text) as JsonObject)
}

function textsBelow(dir: string): string {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  return files.map((one) => readFileSync(join(one.parentPath, one.name), 'utf8')).join('\n')
}

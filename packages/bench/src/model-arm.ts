import { join } from 'node:path'
import { type AiConfig, DEFAULT_AI, DEFAULT_LIMITS, DEFAULT_RULES } from '@hotcb/autopilot'
import { type AiSetup, openAgent, openAi, openAiDriver } from '@hotcb/autopilot/node'
import { FREE, nanoUsd } from '@hotcb/llm'
import { openSpending } from '@hotcb/llm/node'
import { openMetricsCollector } from '@hotcb/metrics/node'
import { openRun } from '@hotcb/run/node'
import { beliefsOf, describeBelief, storyOf } from '@hotcb/tune'
import { openTuner } from '@hotcb/tune/node'
import type { Arm, Beside, Watched } from './arm.ts'
import { ledgerIn } from './ledger.ts'
import { standInModel } from './stand-in.ts'

/** A real endpoint, used instead of the stand-in. */
export interface RealModel {
  readonly config: Partial<AiConfig>
  /** The maximum cost of all training runs per day, in US dollars. */
  readonly budgetUsd: number
  /** The environment that contains the endpoint's key. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The number of steps between two questions: two epochs, which gives about twenty questions in a training run. */
const CADENCE = 88
const MS_PER_STEP = 1000

/** Returns the arms with a language model: the model alone, the model with the tuner, and only the model's first answer. */
export function modelArms(real: RealModel | null): readonly Arm[] {
  const who = real === null ? 'a scripted stand-in' : (real.config.model ?? DEFAULT_AI.model)
  const mark = real === null ? { mark: 'stand-in' } : { model: who }
  return [
    {
      name: 'llm',
      title: `language model in ai_auto mode: ${who}`,
      ...mark,
      modules: () => [openMetricsCollector({ flushMs: 0, system: false })],
      beside: (steered) => openModel(steered, real, Number.POSITIVE_INFINITY),
    },
    {
      name: 'llm-first',
      title: 'the same, but only its first answer',
      ...mark,
      modules: () => [openMetricsCollector({ flushMs: 0, system: false })],
      beside: (steered) => openModel(steered, real, 1),
    },
    {
      name: 'tune-llm',
      title: 'the tuner together with the language model',
      ...mark,
      modules: ({ dir }) => [openMetricsCollector({ flushMs: 0, system: false }), openTuner(dir, { mode: 'active' })],
      beside: (steered) => openModel(steered, real, Number.POSITIVE_INFINITY),
    },
  ]
}

/** A step counts as a second, so that a model is called at the same steps on fast and slow machines. */
function openModel({ dir, acted }: Watched, real: RealModel | null, mostActions: number): Beside {
  const begun = Date.now()
  const notes: string[] = []
  let step = 0
  const nowMs = (): number => begun + step * MS_PER_STEP
  const caps = real === null ? DEFAULT_AI.caps : { ...DEFAULT_AI.caps, nanoPerDay: nanoUsd(real.budgetUsd) }
  const config: AiConfig = { ...DEFAULT_AI, cadence: CADENCE, caps, ...real?.config }
  const setup = real === null ? standInSetup(dir) : openAi(dir, config, real.env)
  const agent = openAgent(dir, {
    mode: 'ai_auto',
    ruleSet: DEFAULT_RULES,
    keyMetric: { name: 'val_loss', direction: 'min' },
    limits: DEFAULT_LIMITS,
    nowMs,
    onEvents: (events) => {
      for (const { kind } of events) if (kind === 'act') acted()
    },
  })
  const driver = openAiDriver({
    run: openRun(dir),
    hold: agent.hold,
    config,
    setup,
    nowMs,
    note: (text) => notes.push(text),
    beliefs: () => beliefsOf(storyOf(ledgerIn(dir))).map(describeBelief),
  })
  agent.useModel(driver)
  let answers = 0
  return {
    async look(at) {
      step = at
      agent.look()
      await driver.settled()
      // An answer is carried out at the next evaluation.
      agent.look()
      // Otherwise, rules would decide instead, and the row would show their result.
      if (driver.isAway) throw new Error(`the language model cannot be called: ${notes.at(-1) ?? 'it does not answer'}`)
      if (++answers >= mostActions * 2) agent.useModel(null)
    },
    get cost() {
      const { nano, tokens } = setup.spending.totals()
      return { usd: Number(nano) / 1e9, tokens }
    },
    close: () => agent.close(),
  }
}

function standInSetup(dir: string): AiSetup {
  const spending = openSpending({ path: join(dir, 'spending.jsonl'), run: dir })
  return { model: standInModel(), problem: null, price: FREE, spending, scrub: (text) => text }
}

import { DEFAULT_LIMITS, DEFAULT_RULES } from '@hotcb/autopilot'
import { openAgent } from '@hotcb/autopilot/node'
import type { Arm, Beside, Watched } from '../arm.ts'
import { createArms } from '../arms.ts'
import type { RealModel } from '../model-arm.ts'

/** Arms that need no module inside the trainer. */
const BESIDE = ['nothing', 'a-a', 'early', 'llm', 'llm-first']

/**
 * Arms for a trainer in another process: rules and the language model act from outside. The tuner runs only inside a trainer in
 * JavaScript.
 *
 * @param real See {@link createArms}.
 */
export function createArmsBeside(real: RealModel | null = null): readonly Arm[] {
  return createArms(real).flatMap((arm): readonly Arm[] => {
    if (arm.name === 'rules') return [{ name: arm.name, title: arm.title, beside: openRules }]
    // The trainer writes the files that the model reads, so it needs no modules.
    const { modules: _, ...beside } = arm
    return BESIDE.includes(arm.name) ? [beside] : []
  })
}

/** A step counts as one second, so that rules act at the same steps on fast and slow machines. */
const MS_PER_STEP = 1000

function openRules({ dir, acted }: Watched): Beside {
  const begun = Date.now()
  let step = 0
  const agent = openAgent(dir, {
    mode: 'auto',
    ruleSet: DEFAULT_RULES,
    keyMetric: { name: 'val_loss', direction: 'min' },
    limits: DEFAULT_LIMITS,
    nowMs: () => begun + step * MS_PER_STEP,
    onEvents: (events) => {
      for (const { kind } of events) if (kind === 'act') acted()
    },
  })
  return {
    look(at) {
      step = at
      agent.look()
      return Promise.resolve()
    },
    cost: { usd: 0, tokens: 0 },
    close: () => agent.close(),
  }
}

import type { Hold } from '@hotcb/run/node'
import type { AiConfig } from '../ai/ai-config.ts'
import { AI_RULE_ID } from '../ai/wish.ts'
import { type AiDriver, createAiDriver, type WriteAiLine } from './ai-driver.ts'
import type { AiSetup } from './ai-setup.ts'

/** The driver of a model that writes into the log of an autopilot. */
export function startModel(
  hold: Hold,
  config: AiConfig,
  { model, problem, price, spending }: AiSetup,
  note: (text: string) => void,
): AiDriver {
  if (problem !== null) note(`no model is asked, and rules decide: ${problem}`)
  const write: WriteAiLine = (kind, id, step, data) => {
    const line = { action_id: id, ts: Date.now() / 1000, step, kind, source: 'autopilot', rule_id: AI_RULE_ID, data }
    return hold.append([line]) === null
  }
  return createAiDriver({ config, model, price, spending, write, n: hold.n, note })
}

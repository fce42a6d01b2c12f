import { type Caps, costOf, estimateInput, mostTokens, usdOf } from '@hotcb/llm'
import type { Run } from '@hotcb/run/node'
import { buildPrompt } from '../ai/context.ts'
import { createSeriesStore } from '../ai/series.ts'
import type { KeyMetric } from '../types.ts'
import { requestOf } from './ai-driver.ts'
import { aiPrice } from './ai-setup.ts'
import { chooseKeyMetric } from './choose-key-metric.ts'
import { loadRules, readConfig } from './config-file.ts'
import { readFacts } from './facts.ts'
import { readStory } from './read-story.ts'
import { pastRecords } from './records.ts'

/** What would be sent now, and what it would cost. */
export interface AiDryRun {
  readonly model: string
  readonly baseUrl: string
  readonly system: string
  readonly user: string
  readonly maxTokens: number
  /** What is usual: three bytes a token, and a quarter of the longest answer. */
  readonly estimate: { readonly input: number; readonly output: number; readonly usd: number }
  /** What would be reserved: no tokenizer makes more of it. */
  readonly most: { readonly input: number; readonly output: number; readonly usd: number }
  readonly caps: Caps
}

/**
 * Builds the prompt of a run from its files, and sends nothing.
 *
 * @throws RunError `bad-argument` for a config with a mistake.
 */
export function aiDryRun(run: Run, told?: KeyMetric): AiDryRun {
  const config = readConfig(run)
  const { ai } = config
  const facts = readFacts(run)
  const series = createSeriesStore()
  const { records } = pastRecords(run)
  for (const { step, metrics } of records) series.take(step, metrics)
  const prompt = buildPrompt({
    step: records.at(-1)?.step ?? facts.step ?? 0,
    total: facts.total,
    keyMetric: told ?? chooseKeyMetric(run, config, loadRules(run, config.rules, config.disabled)),
    controls: facts.controls(),
    callbacks: facts.callbacks,
    series,
    actions: readStory(run).actions,
    alerts: [],
    raw: [],
    share: ai.share,
  })
  const request = requestOf(prompt, ai)
  const price = aiPrice(ai)
  const most = mostTokens(request)
  const usual = { input: estimateInput(request), output: Math.ceil(ai.maxTokens / 4) }
  const priced = (tokens: typeof usual): AiDryRun['most'] => ({
    ...tokens,
    usd: usdOf(costOf(price, tokens.input, tokens.output)),
  })
  const { model, baseUrl, maxTokens, caps } = ai
  return {
    model,
    baseUrl,
    maxTokens,
    caps,
    system: prompt.system,
    user: prompt.user,
    estimate: priced(usual),
    most: priced(most),
  }
}

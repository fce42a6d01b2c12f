import { type Caps, costOf, estimateInput, maxTokensOf, type NanoUsd } from '@hotcb/llm'
import type { Run } from '@hotcb/run/node'
import { limitsOfModel } from '../../ai/ai-rule.ts'
import { createPrompt } from '../../ai/prompt.ts'
import { createTrends } from '../../ai/trends.ts'
import { isAiMode } from '../../types.ts'
import { chooseKeyMetric } from '../choose-key-metric.ts'
import { loadRules, readAutopilotConfigFile } from '../config-file.ts'
import { readFacts } from '../facts.ts'
import { readAutopilotHistory } from '../read-story.ts'
import { pastRecords } from '../records.ts'
import { budgetLeft } from './budget-text.ts'
import { readMemoryOf } from './memory-file.ts'
import { requestOf } from './request.ts'
import { aiConfigOf, aiPrice, aiSpending, type Environment } from './setup.ts'

/** The prompt that would be sent now, and its cost. */
export interface PromptPreview {
  readonly model: string
  readonly baseUrl: string
  readonly system: string
  readonly user: string
  readonly maxTokens: number
  /** The usual cost, estimated at three bytes per token and a quarter of the longest answer. */
  readonly estimate: Cost
  /** The reserved cost, which is an upper bound: no tokenizer produces more tokens. */
  readonly most: Cost
  readonly caps: Caps
}

export interface Cost {
  readonly input: number
  readonly output: number
  readonly nanoUsd: NanoUsd
}

/**
 * Builds a run's prompt from its files. Nothing is sent, and no key is read.
 *
 * @throws RunError `bad-argument` for a config with a mistake or a model without a price.
 */
export function previewPrompt(
  run: Run,
  { env, beliefs = [] }: { readonly env: Environment; readonly beliefs?: readonly string[] | undefined },
): PromptPreview {
  const config = readAutopilotConfigFile(run)
  const ai = aiConfigOf(run, env)
  const facts = readFacts(run)
  const trends = createTrends()
  const { records } = pastRecords(run)
  for (const { step, metrics } of records) trends.take(step, metrics)
  const prompt = createPrompt(
    {
      mode: config.mode !== null && isAiMode(config.mode) ? config.mode : 'ai_suggest',
      step: records.at(-1)?.step ?? facts.step ?? 0,
      total: facts.total,
      stepSeconds: facts.stepSeconds,
      keyMetric: chooseKeyMetric(run, config, loadRules(run, config.rules, config.disabled)),
      controls: facts.controls(),
      callbacks: facts.callbacks,
      trends,
      alerts: [],
      actions: readAutopilotHistory(run).actions,
      memory: readMemoryOf(run),
      beliefs,
      limits: limitsOfModel(config.limits),
      canLoad: true,
      budget: budgetLeft(ai.caps, aiSpending(run.dir, env).totals()),
      share: ai.share,
    },
    ai.contextTokens,
  )
  const request = requestOf(prompt, ai.maxTokens)
  const price = aiPrice(ai)
  const priced = (input: number, output: number): Cost => ({ input, output, nanoUsd: costOf(price, input, output) })
  const most = maxTokensOf(request)
  const { model, baseUrl, maxTokens, caps } = ai
  return {
    ...{ model, baseUrl, maxTokens, caps, system: prompt.system, user: prompt.user },
    estimate: priced(estimateInput(request), Math.ceil(maxTokens / 4)),
    most: priced(most.input, most.output),
  }
}

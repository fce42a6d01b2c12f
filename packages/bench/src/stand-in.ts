import { type Completion, type CompletionRequest, estimateTokens, type Model } from '@hotcb/llm'

/**
 * Creates a scripted model with one strategy, which needs no endpoint. It reads the last values of the key metric and the
 * learning rate from the prompt, as a language model would, and answers in the same form.
 *
 * - If a value is not finite, or far above the best one: `rescue`.
 * - If the mean of the last three values is not 2 % below that of the three before: half the rate.
 * - If each of the last four values is at least 2 % below the one before, and the last one is above a third of the first: twice
 * the rate.
 * - Otherwise: nothing.
 */
export function standInModel(): Model {
  return {
    name: 'stand-in',
    host: 'nowhere',
    complete: async (request) => completion(request, JSON.stringify(answerTo(request.messages.at(-1)?.content ?? ''))),
  }
}

function completion({ system, messages }: CompletionRequest, text: string): Completion {
  const input = estimateTokens(system) + messages.reduce((sum, { content }) => sum + estimateTokens(content), 0)
  return {
    ok: true,
    text,
    calls: [],
    usage: { input, output: estimateTokens(text) },
    model: 'stand-in',
    finish: 'stop',
  }
}

interface Action {
  readonly action: 'reduce_lr_factor' | 'set_lr' | 'rescue'
  readonly value: number | null
}

function answerTo(prompt: string): object {
  const [, key = 'm1'] = /^key metric (m\d+)/m.exec(prompt) ?? []
  const rate = Number(/^c\d+ "?lr"?: ([\d.e+-]+),/m.exec(prompt)?.[1])
  const [, list = ''] =
    new RegExp(`^${key} (-?[\\d.]+.*|\\d+:.*)$`, 'm').exec(prompt.split('## Last values')[1] ?? '') ?? []
  const values = [...list.matchAll(/\d+:(\S+)/g)].map(([, text]) => Number(text))
  const decision = decide(values, rate)
  return {
    diagnosis: decision === null ? 'healthy' : decision.action === 'set_lr' ? 'too_low' : 'too_high',
    reasoning: decision === null ? 'no problem in the last values' : 'by the last values of the key metric',
    actions:
      decision === null
        ? []
        : [{ action: decision.action, target: null, value: decision.value, text: null, learnings: null }],
    next_check: null,
  }
}

function decide(values: readonly number[], rate: number): Action | null {
  const last = values.at(-1)
  if (last === undefined) return null
  const best = Math.min(...values.filter(Number.isFinite))
  if (!Number.isFinite(last) || (values.length > 2 && last > 3 * best)) return { action: 'rescue', value: null }
  if (values.length < 4) return null
  const isFalling = values.slice(-4).every((value, at, all) => at === 0 || value < 0.98 * (all[at - 1] ?? value))
  if (isFalling && last > (values[0] ?? last) / 3) return { action: 'set_lr', value: 2 * rate }
  if (values.length < 6) return null
  const mean = (some: readonly number[]): number => some.reduce((sum, value) => sum + value, 0) / some.length
  const isFlat = mean(values.slice(-3)) > 0.98 * mean(values.slice(-6, -3))
  return isFlat ? { action: 'reduce_lr_factor', value: 0.5 } : null
}

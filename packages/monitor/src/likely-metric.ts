/**
 * The metric that people most likely mean where neither the config nor they name one: the one that the plan says, if there are
 * values of it; then one of a test before one of a validation before others before one of training; then a loss before a score.
 * Null without any.
 */
export function likelyMetric(names: readonly string[], plan: string): string | null {
  const [, said = ''] = /^[-*\s]*Success metric: *[`"]?([^`"\s]+)/im.exec(plan) ?? []
  if (names.includes(said)) return said
  const [best] = [...names].sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))
  return best ?? null
}

const PHASES = [/test/i, /val/i, /^(?!.*train)/i]
const MEANINGS = [/loss|err/i, /acc|score|f1|auc|reward/i]

function rankOf(name: string): number {
  const place = (patterns: readonly RegExp[]): number => {
    const found = patterns.findIndex((pattern) => pattern.test(name))
    return found < 0 ? patterns.length : found
  }
  return 10 * (2 * place(PHASES) + (/main/i.test(name) ? 0 : 1)) + place(MEANINGS)
}

/**
 * Returns the metric that people most likely mean if neither they nor the config name one. A metric that the plan names comes first, if it
 * has values. It is followed by test metrics, validation metrics, other metrics and training metrics, in this order. Within each group, a
 * loss comes before a score. Null if there are no metrics.
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

import { didYouMean, oneLine } from '@hotcb/protocol'

/** The names that a template may use. */
export const TEMPLATE_FIELDS = [
  'because', 'count', 'level', 'metric', 'phase', 'rule', 'run', 'state', 'step', 'value',
] as const // biome-ignore format: names alone
export type TemplateField = (typeof TEMPLATE_FIELDS)[number]
export type TemplateValues = Readonly<Record<TemplateField, string>>

/** The maximum length of a message's text, in characters. */
export const LONGEST_MESSAGE = 1000
// A longer value could fill the message and displace everything else.
const LONGEST_VALUE = 200

/** Returns why a template cannot be used, in one line; null if it can. */
export function templateProblem(template: string): string | null {
  for (const [, name = ''] of template.matchAll(/\{([^{}]*)\}/g)) {
    if (isField(name)) continue
    return `\`{${name}}\` is not a message field: ${didYouMean(name, TEMPLATE_FIELDS, `choose from ${TEMPLATE_FIELDS.join(', ')}`)}`
  }
  return null
}

/**
 * Fills in a template once: braces in a value are plain text. The result is one line without control characters, of at most
 * 1,000 characters. Markup is not escaped here: each channel escapes the whole text.
 */
export function fillMessage(template: string, values: TemplateValues): string {
  const filled = template.replace(/\{([^{}]*)\}/g, (all, name: string) =>
    isField(name) ? oneLine(values[name], LONGEST_VALUE) : all,
  )
  return oneLine(filled, LONGEST_MESSAGE)
}

function isField(name: string): name is TemplateField {
  return TEMPLATE_FIELDS.some((field) => field === name)
}

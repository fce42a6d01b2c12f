import { unescaped } from '../parts/unescaped.ts'

/** A horizontal line of a chart. */
export interface Threshold {
  readonly value: number
  /** Empty if it has none. */
  readonly label: string
}

/** Reads thresholds of a link, such as `0.3:target;0.5`; labels are escaped. What is not a number is left out. */
export function readThresholds(text: string): readonly Threshold[] {
  return text.split(';').flatMap((part) => {
    const [number = '', label = ''] = part.split(':')
    const value = Number(number)
    return number.trim() === '' || !Number.isFinite(value) ? [] : [{ value, label: unescaped(label) }]
  })
}

/** The inverse of {@link readThresholds}. */
export function formatThresholds(thresholds: readonly Threshold[]): string {
  return thresholds
    .map(({ value, label }) => (label === '' ? value : `${value}:${encodeURIComponent(label)}`))
    .join(';')
}

/** Thresholds as a person writes them: `0.3 target, 0.5`. */
export function thresholdsText(thresholds: readonly Threshold[]): string {
  return thresholds.map(({ value, label }) => `${value} ${label}`.trim()).join(', ')
}

/** Reads what a person wrote: numbers with commas between them, each with a label behind it or without. */
export function typedThresholds(
  text: string,
): { readonly ok: true; readonly value: readonly Threshold[] } | { readonly ok: false; readonly problem: string } {
  const value: Threshold[] = []
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue
    const [number = '', ...words] = part.split(/\s+/)
    if (!Number.isFinite(Number(number))) {
      return { ok: false, problem: `a threshold is a number, with or without a label after it, not \`${part}\`` }
    }
    value.push({ value: Number(number), label: words.join(' ') })
  }
  return { ok: true, value }
}

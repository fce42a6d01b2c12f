import { unescaped } from '../parts/unescaped.ts'

/** A horizontal line in a chart. */
export interface Threshold {
  readonly value: number
  /** Empty if it has no label. */
  readonly label: string
}

/** Parses the thresholds in a link, such as `0.3:target;0.5`. Labels are escaped. Entries that are not numbers are left out. */
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

/** Formats thresholds for people: `0.3 target, 0.5`. */
export function thresholdsText(thresholds: readonly Threshold[]): string {
  return thresholds.map(({ value, label }) => `${value} ${label}`.trim()).join(', ')
}

/** Parses what a person typed: numbers separated by commas, each with an optional label after it. */
export function typedThresholds(
  text: string,
): { readonly ok: true; readonly value: readonly Threshold[] } | { readonly ok: false; readonly problem: string } {
  const value: Threshold[] = []
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue
    const [number = '', ...words] = part.split(/\s+/)
    if (!Number.isFinite(Number(number))) {
      return { ok: false, problem: `a threshold must be a number, optionally followed by a label, not \`${part}\`` }
    }
    value.push({ value: Number(number), label: words.join(' ') })
  }
  return { ok: true, value }
}

import { isDark } from '../theme.ts'

/**
 * The colour of a run, the same in the table and in every chart: it depends on the name of the run alone. Names that differ in
 * the number at their end, as those of a sweep do, get hues that are far apart.
 */
export function runColor(id: string): string {
  const number = /\d{1,9}$/.exec(id)?.[0] ?? ''
  const hash = hashOf(id.slice(0, id.length - number.length))
  const hue = Math.round((hash % 360) + Number(number) * GOLDEN_ANGLE) % 360
  const depth = (hash + Math.floor(Number(number) / 8)) % 3
  return isDark.value
    ? `hsl(${hue} ${60 + depth * 10}% ${62 + depth * 6}%)`
    : `hsl(${hue} ${58 + depth * 12}% ${34 + depth * 6}%)`
}

const GOLDEN_ANGLE = 137.508

/** FNV-1a, mixed once more: it changes little in its high bits for the last characters. */
function hashOf(text: string): number {
  let hash = 2166136261
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619) >>> 0
  return Math.imul(hash ^ (hash >>> 15), 2246822519) >>> 0
}

import { showSeconds } from './figures.ts'

/** Describes a trainer that counts as dead: `no sign of life for 3 min`, `no sign of life: its process is gone`. */
export function describeSilence(reason: string | null, ageSeconds: number | null): string {
  return reason === null ? `no sign of life for ${showSeconds(ageSeconds ?? 0)}` : `no sign of life: ${reason}`
}

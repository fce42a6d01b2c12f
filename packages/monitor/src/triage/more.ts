import { memoryBytes } from '@hotcb/sweep'

const MIB = 2 ** 20

/** Returns a SLURM memory size raised by `percent`, in whole MiB, at most `most`; null if this is not more than before. */
export function moreMemory(mem: string, percent: number, most: string | null): string | null {
  const bytes = slurmBytes(mem)
  const limit = most === null ? Number.POSITIVE_INFINITY : (slurmBytes(most) ?? 0)
  if (bytes === undefined) return null
  const wanted = Math.ceil((bytes * (100 + percent)) / 100 / MIB) * MIB
  const given = Math.min(wanted, Math.floor(limit / MIB) * MIB)
  return given > bytes ? `${given / MIB}M` : null
}

/** Converts SLURM memory to bytes. For SLURM, a number without a unit is in MiB. */
function slurmBytes(mem: string): number | undefined {
  return memoryBytes(/^\d+$/.test(mem) ? `${mem}M` : mem)
}

/**
 * Returns a SLURM time limit raised by `percent`, at most `most`; null if there is no limit, or if this is not more than before.
 */
export function moreTime(time: string, percent: number, most: string | null): string | null {
  const seconds = slurmSeconds(time)
  const limit = most === null ? Number.POSITIVE_INFINITY : (slurmSeconds(most) ?? 0)
  if (seconds === null) return null
  const given = Math.min(Math.ceil((seconds * (100 + percent)) / 100), limit)
  return given > seconds ? timeText(given) : null
}

/** Converts `minutes`, `m:s`, `h:m:s`, `d-h`, `d-h:m` or `d-h:m:s` to seconds; null for anything else, such as UNLIMITED. */
export function slurmSeconds(time: string): number | null {
  const [, days, rest = ''] = /^(?:(\d+)-)?(\d+(?::\d{1,2}){0,2})$/.exec(time) ?? []
  if (rest === '') return null
  const [a = 0, b, c] = rest.split(':').map(Number)
  if (days !== undefined) return Number(days) * 86_400 + a * 3600 + (b ?? 0) * 60 + (c ?? 0)
  if (b === undefined) return a * 60
  return c === undefined ? a * 60 + b : a * 3600 + b * 60 + c
}

function timeText(seconds: number): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  const days = Math.floor(seconds / 86_400)
  const clock = [Math.floor((seconds % 86_400) / 3600), Math.floor((seconds % 3600) / 60), seconds % 60]
    .map(two)
    .join(':')
  return days > 0 ? `${days}-${clock}` : clock
}

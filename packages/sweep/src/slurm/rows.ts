import type { TaskRow } from '../executor/task-row.ts'
import { readTaskId } from './array-spec.ts'
import { readSlurmState } from './states.ts'

/** The format for `squeue -o`. The name comes last, because it may contain the separator. */
export const SQUEUE_FORMAT = '%i|%T|%r|%V|%S|%N|%j'

export function readSqueue(text: string): readonly TaskRow[] {
  return lines(text).flatMap((line) => {
    const [id = '', word = '', reason = '', submitted = '', begun = '', node = '', ...name] = line.split('|')
    return row(id, word, { reason, submitted, begun, ended: '', node, jobName: name.join('|') })
  })
}

export const SACCT_FORMAT = 'JobID,State,Submit,Start,End,Reason,NodeList,JobName'

export function readSacct(text: string): readonly TaskRow[] {
  return lines(text).flatMap((line) => {
    const [id = '', word = '', submitted = '', begun = '', ended = '', reason = '', node = '', ...name] =
      line.split('|')
    return row(id, word, { reason, submitted, begun, ended, node, jobName: name.join('|') })
  })
}

interface Texts {
  readonly reason: string
  readonly submitted: string
  readonly begun: string
  readonly ended: string
  readonly node: string
  readonly jobName: string
}

function row(idText: string, word: string, { submitted, begun, ended, ...texts }: Texts): readonly TaskRow[] {
  const id = readTaskId(idText)
  const state = readSlurmState(word)
  if (id === undefined || state === undefined) return []
  const times = { submitted: epoch(submitted), begun: epoch(begun), ended: epoch(ended) }
  return [{ id, word: word.split(' ')[0] ?? word, state, ...times, ...texts }]
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}

/** Parses a time written with SLURM_TIME_FORMAT=%s; `Unknown`, `None` and `N/A` are null. */
function epoch(text: string): number | null {
  return /^\d{9,11}$/.test(text) ? Number(text) : null
}

/** Converts a size such as `2097152K`, `12G`, `1.5M` or `4Gn` to bytes; null for anything else. */
export function slurmBytes(text: string): number | null {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([KMGT]?)[nc]?$/.exec(text) ?? []
  const size = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }[unit]
  return digits === undefined || size === undefined ? null : Math.floor(Number(digits) * size)
}

/** Converts `[D-]HH:MM:SS`, `MM:SS` or `SS` to seconds; null for anything else. */
export function elapsedSeconds(text: string): number | null {
  const [, days = '0', clock] = /^(?:(\d+)-)?(\d+(?::\d{1,2}){0,2})$/.exec(text) ?? []
  if (clock === undefined) return null
  return Number(days) * 86_400 + clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
}

import type { TaskId } from '../executor/task-row.ts'

/** Formats task numbers for `--array`: `0-3,5,7-9`. */
export function arraySpec(tasks: readonly number[]): string {
  const sorted = [...new Set(tasks)].sort((a, b) => a - b)
  const ranges: [number, number][] = []
  for (const task of sorted) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === task - 1) last[1] = task
    else ranges.push([task, task])
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',')
}

/** Parses a task ID such as `7_3`, `7_[1-4,9%2]` or `7`; undefined for steps and anything else. */
export function readTaskId(text: string): TaskId | undefined {
  const [, job, one, list] = /^(\d+)(?:_(\d+)|_\[(.*))?$/.exec(text) ?? []
  if (job === undefined) return undefined
  if (one !== undefined) return { job, tasks: [Number(one)], isBare: false }
  return { job, tasks: list?.endsWith(']') ? expandTasks(list.slice(0, -1)) : null, isBare: list === undefined }
}

/** Expands a list such as `1-4,9,10-20:2%3`; null if the text was truncated. */
export function expandTasks(list: string): readonly number[] | null {
  const tasks: number[] = []
  for (const part of list.replace(/%\d+$/, '').split(',')) {
    const [, from, to, step] = /^(\d{1,9})(?:-(\d{1,9})(?::(\d{1,9}))?)?$/.exec(part) ?? []
    if (from === undefined) return null
    for (let task = Number(from); task <= Number(to ?? from); task += Math.max(1, Number(step ?? 1))) tasks.push(task)
  }
  return tasks
}

import { messageOf } from '@hotcb/protocol'
import type { SweepResults } from '@hotcb/sweep/node'
import type { TickDelta } from '../types.ts'
import { readPlan } from './monitor-files.ts'
import type { MonitorParts } from './monitor-parts.ts'
import { drawPlot, resultsOf } from './plot.ts'
import type { Post } from './post.ts'

/**
 * Adds to the post about the end of a trial the curve of its objective, for its thread. A trial with fewer than two values has
 * none, and its post stays as it is. A curve that cannot be drawn is noted in the log once.
 */
export function endPictures(
  parts: MonitorParts,
  { failed, completed, pruned }: TickDelta,
): (post: Post) => Promise<Post> {
  const ended = new Set([...failed, ...completed, ...pruned])
  let results: SweepResults | null | undefined
  return async (post) => {
    const { trial } = post
    if (!parts.hasThreads || trial === undefined || !ended.has(trial)) return post
    // All trials of a tick are drawn from one reading.
    if (results === undefined) results = objectiveResults(parts)
    const own = results?.trials.find(({ record }) => record.trial.i === trial)
    if (results === null || own === undefined || own.course.values.length < 2) return post
    try {
      const wish = { kind: 'curves', metric: null, trials: [trial], smooth: 1 }
      const { file } = await drawPlot(parts, wish, results)
      return { ...post, threadFile: { ...file, about: `The course of ${results.metric} in trial ${trial}.` } }
    } catch (error) {
      parts.actor.log('channel', { trouble: `no picture of trial ${trial}: ${messageOf(error)}` })
      results = null
      return post
    }
  }
}

/** Null where no trial has reported a value. */
function objectiveResults({ workspace, paths }: MonitorParts): SweepResults | null {
  try {
    return resultsOf(workspace, null, readPlan(paths))
  } catch {
    return null
  }
}

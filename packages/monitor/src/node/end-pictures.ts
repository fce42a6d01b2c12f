import { messageOf } from '@hotcb/protocol'
import type { SweepResults } from '@hotcb/sweep/node'
import type { TickDelta } from '../types.ts'
import { readPlan } from './monitor-files.ts'
import type { MonitorParts } from './monitor-parts.ts'
import { drawPlot, resultsOf } from './plot.ts'
import type { Post } from './post.ts'

/**
 * Adds the objective's curve to the post about the end of a trial, for the trial's thread. A trial with fewer than two values has no curve,
 * and its post is not changed. A curve that cannot be drawn is logged once.
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
    // The results are read once for all trials in a tick.
    if (results === undefined) results = objectiveResults(parts)
    const own = results?.trials.find(({ record }) => record.trial.i === trial)
    if (results === null || own === undefined || own.course.values.length < 2) return post
    try {
      const wish = { kind: 'curves', metric: null, trials: [trial], smooth: 1 }
      const { file } = await drawPlot(parts, wish, results)
      return { ...post, threadFile: { ...file, about: `The curve of ${results.metric} in trial ${trial}.` } }
    } catch (error) {
      parts.actor.log('channel', { trouble: `no picture of trial ${trial}: ${messageOf(error)}` })
      results = null
      return post
    }
  }
}

/** Returns the objective's results; null if no trial has reported a value. */
function objectiveResults({ workspace, paths }: MonitorParts): SweepResults | null {
  try {
    return resultsOf(workspace, null, readPlan(paths))
  } catch {
    return null
  }
}

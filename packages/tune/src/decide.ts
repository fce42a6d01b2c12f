import { judgeOpen, judgeWatched } from './decide-judge.ts'
import { askAgain, proposeNext } from './decide-propose.ts'
import { climb, dangerOf, rescue } from './decide-rescue.ts'
import { askedMutation, openMutation } from './story.ts'
import type { Answer, View } from './view.ts'

/**
 * Returns a tuner's action at a step. It is a pure function of earlier decisions and observations, so a run repeats the same decisions
 * after a kill. Null if there is nothing to decide at this step.
 */
export function decide(view: View): Answer | null {
  const { story, mode, isPoint } = view
  if (story.ladder !== null) return climb(story.ladder, view)
  const open = openMutation(story)
  if (open !== undefined) return judgeOpen(open, view)
  if (mode === 'active') {
    const danger = dangerOf(view)
    if (danger !== null) return rescue(danger, view)
  }
  if (story.watched !== null) return judgeWatched(story.watched, view)
  if (!isPoint || mode === 'observe') return null
  const asked = askedMutation(story)
  return asked === undefined ? proposeNext(view) : askAgain(asked)
}

import { isLive, type Take, type Trial, trialState } from '@hotcb/sweep'
import type { StageProgress } from '@hotcb/sweep/node'

/** Stage and parent of a trial in JSON; nothing for a sweep without stages. */
export function stageJson({ stage, parent }: Trial): object {
  return { ...(stage !== undefined && { stage }), ...(parent !== undefined && { parent }) }
}

/** `finetune takes the best 2 of pretrain once 3 trials have ended: 1 running, 2 cancelled (0, 1)`. */
export function laterText({ stage, waitsFor }: StageProgress): string {
  const what = `${stage.name} takes ${takeText(stage.take)} of ${stage.after}`
  const counts = new Map<string, number>()
  for (const record of waitsFor) {
    const state = trialState(record)
    counts.set(state, (counts.get(state) ?? 0) + 1)
  }
  const shown = [...counts].map(([state, count]) => `${count} ${state}`).join(', ')
  const stuck = waitsFor.filter((record) => trialState(record) === 'cancelled' || trialState(record) === 'failed')
  const named = stuck.slice(0, MOST_NAMED).map(({ trial }) => trial.i)
  const [first] = named
  const isStuck = first !== undefined && !waitsFor.some((record) => isLive(trialState(record)))
  const remedy = isStuck ? `; \`herd run\` runs them again, \`herd prune ${first}\` gives one up` : ''
  const when = stage.take.kind === 'each' ? 'as soon as it has completed' : 'once all have ended'
  return `${what} ${when}${shown === '' ? '' : `: ${shown}`}${remedy}`
}

const MOST_NAMED = 5

function takeText(take: Take): string {
  if (take.kind === 'best') return `the best ${take.count}`
  return take.kind === 'all' ? 'the completed trials' : 'each trial'
}

/** The stages in the JSON of `status`. */
export function stagesJson(stages: readonly StageProgress[], trials: readonly { readonly trial: Trial }[]): object {
  if (stages.length === 0) return {}
  return {
    stages: stages.map(({ stage, waitsFor, isSettled }) => ({
      name: stage.name,
      after: stage.after,
      trials: trials.filter(({ trial }) => trial.stage === stage.name).length,
      waits_for: waitsFor.map(({ trial }) => trial.i),
      settled: isSettled,
    })),
  }
}

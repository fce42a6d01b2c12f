import { isLive, type SweepTrial, type Take, trialState } from '@hotcb/sweep'
import type { StageProgress, SweepStatus } from '@hotcb/sweep/node'

/** Returns the stage and the parent of a trial, for JSON; an empty object for a sweep without stages. */
export function stageJson({ stage, parent }: SweepTrial): object {
  return { ...(stage !== undefined && { stage }), ...(parent !== undefined && { parent }) }
}

/** Describes a later stage: `finetune takes the best 2 of pretrain once all have ended: 1 running, 2 waiting`. */
export function laterText(
  { stage, waitsFor, isSettled, unplanned }: StageProgress,
  asked: readonly string[] | null,
): string {
  const what = `${stage.name} takes ${takeText(stage.take)} of ${stage.after}`
  if (asked !== null && !asked.includes(stage.name)) {
    return `${what} after another \`herd run\`: the last one only requested ${asked.join(', ')}`
  }
  if (isSettled) return `${stage.name} can start: ${unplanned} trial(s) of ${stage.after} have no children yet`
  const counts = new Map<string, number>()
  for (const record of waitsFor) {
    const state = trialState(record)
    counts.set(state, (counts.get(state) ?? 0) + 1)
  }
  const shown = [...counts].map(([state, count]) => `${count} ${state}`).join(', ')
  const when = stage.take.kind === 'each' ? 'as soon as it completes' : 'once all have ended'
  return `${what} ${when}${shown === '' ? '' : `: ${shown}`}${remedyFor(waitsFor)}`
}

/** Returns a suggestion for the user if none of the trials that the stage is waiting for is running. */
function remedyFor(waitsFor: StageProgress['waitsFor']): string {
  if (waitsFor.some((record) => isLive(trialState(record)) || trialState(record) === 'waiting')) return ''
  const [stuck] = waitsFor.filter((record) => STUCK.has(trialState(record)))
  if (stuck === undefined) return ''
  const { i } = stuck.trial
  const goesOn = trialState(stuck) === 'paused' ? `resume it with \`herd resume ${i}\`` : 'run it again with `herd run`'
  return `; ${goesOn}, or abandon it with \`herd prune ${i}\``
}

const STUCK: ReadonlySet<string> = new Set(['cancelled', 'failed', 'paused'])

function takeText(take: Take): string {
  if (take.kind === 'best') return `the best ${take.count}`
  return take.kind === 'all' ? 'the completed trials' : 'each trial'
}

/** Returns the stages, for the JSON of `status`. */
export function stagesJson(
  { stages, askedStages: asked }: Pick<SweepStatus, 'stages' | 'askedStages'>,
  trials: readonly { readonly trial: SweepTrial }[],
): object {
  if (stages.length === 0) return {}
  return {
    stages: stages.map(({ stage, waitsFor, isSettled, unplanned }) => ({
      name: stage.name,
      after: stage.after,
      trials: trials.filter(({ trial }) => trial.stage === stage.name).length,
      waits_for: waitsFor.map(({ trial }) => trial.i),
      settled: isSettled && unplanned === 0,
      asked_for: asked === null || asked.includes(stage.name),
    })),
  }
}

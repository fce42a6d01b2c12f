import type { Json } from '@hotcb/protocol'
import type { Plan } from './plan.ts'
import type { Sight } from './sight.ts'
import { openMutation, suggestedMutation, type TunerHistory } from './story.ts'
import { familiesOf } from './summary.ts'

/** Returns the tuner's entry in the state document. */
export function statusOf(
  story: TunerHistory,
  { plan, sight, because }: { readonly plan: Plan; readonly sight: Sight; readonly because: string },
): Json {
  const open = openMutation(story)
  const suggested = suggestedMutation(story)
  return {
    mode: plan.mode,
    objective: sight.metric,
    recipe: plan.isDerived ? 'default' : 'hotcb.tune.recipe.yaml',
    problems: [...plan.problems],
    frozen: story.isFrozen,
    mutations: story.mutations.length,
    open: open?.id ?? null,
    suggested: suggested?.id ?? null,
    reject_streak: story.streak,
    resting_in: story.restingIn,
    ladder: story.ladder === null ? null : { rung: story.ladder.index, rungs: story.ladder.rungs.length },
    families: familiesOf(story).map(({ name, judged, accepted }) => ({ name, judged, accepted })),
    because: story.isFrozen ? 'the run is frozen' : plan.mode === 'off' ? 'it is off' : because,
  }
}

import { type Command, opOfEntry, type RecipeEntry, withOneRateKey } from '@hotcb/protocol'

/** The command that requests a recipe entry at its place, so that a plan can be combined with live control. */
export type RecipeCommand = Partial<Command> & Pick<Command, 'module' | 'op'>

/**
 * Returns commands that request a recipe's entries at their places; the caller adds `cid` and `ts`. A command can wait
 * for a step and an event, but it has no `call` and no `end`. Entries at the end of a step are requested at that step,
 * and entries before step 0 at step 0, one step late. A recipe may set several keys of a learning rate at once, but a
 * command may not, so only `scheduler_scale` is requested.
 */
export function queueRecipe(entries: readonly RecipeEntry[]): readonly RecipeCommand[] {
  return entries.map((entry) => {
    const { event } = entry.at
    const step = Math.max(0, entry.at.step)
    const op = opOfEntry(entry)
    const params = op.params && withOneRateKey(op.params)
    return { source: 'recipe', ...op, params, at: event === null ? { step } : { step, event } }
  })
}

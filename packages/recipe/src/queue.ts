import { type Command, opOfEntry, type RecipeEntry, withOneRateKey } from '@hotcb/protocol'

/** A command for a recipe entry at its place: for a plan with live control. */
export type RecipeCommand = Partial<Command> & Pick<Command, 'module' | 'op'>

/**
 * The commands for a recipe's entries at their places; the caller adds `cid` and `ts`. A command waits for a step and
 * an event; it has no `call` and no `end`. Entries at the end of a step are requested at that step, and entries before
 * step 0 at step 0, one step late. A recipe may contain several keys of a learning rate together, a command may not:
 * only `scheduler_scale` is requested.
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

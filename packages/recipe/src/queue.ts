import { type Command, opOfEntry, type RecipeEntry, withOneRateKey } from '@hotcb/protocol'

/** A command that asks for a recipe entry at its place: for a plan beside live control. */
export type QueuedCommand = Partial<Command> & Pick<Command, 'module' | 'op'>

/**
 * The commands that ask for a recipe's entries at their places, each to be given a `cid` and a `ts`. A command waits for a
 * step and an event; it knows no `call` and no `end`. What belongs to the end of a step is asked for at that step, and
 * what belongs before step 0 at step 0, one step late. Of the keys of a learning rate, which a recipe holds together and a command
 * may not, `scheduler_scale` is asked for alone.
 */
export function queueRecipe(entries: readonly RecipeEntry[]): readonly QueuedCommand[] {
  return entries.map((entry) => {
    const { event } = entry.at
    const step = Math.max(0, entry.at.step)
    const op = opOfEntry(entry)
    const params = op.params && withOneRateKey(op.params)
    return { source: 'recipe', ...op, params, at: event === null ? { step } : { step, event } }
  })
}

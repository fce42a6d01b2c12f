import { type Command, opOfEntry, type RecipeEntry } from '@hotcb/protocol'

/** A command that asks for a recipe entry at its place: for a plan beside live control. */
export type QueuedCommand = Partial<Command> & Pick<Command, 'op'>

/**
 * The commands that ask for a recipe's entries at their places, each to be given a `cid` and a `ts`. A command waits for a
 * step and an event; `call` it does not know.
 */
export function queueRecipe(entries: readonly RecipeEntry[]): readonly QueuedCommand[] {
  return entries.map((entry) => {
    const { step, event } = entry.at
    return { source: 'recipe', ...opOfEntry(entry), at: event === null ? { step } : { step, event } }
  })
}

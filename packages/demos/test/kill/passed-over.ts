/** A command in the order of the command file. */
export interface WrittenCommand {
  readonly cid: string
  /** Whether it waits for a step. */
  readonly hasAt: boolean
}

/**
 * Returns the commands that have no answer although a later command without `at` has one.
 *
 * Commands after the last check of a run have no answer yet, and are not lost. An answer to a command with `at` does not
 * show where that check was: a kernel that starts reads such commands from the whole file, and may reach the end of its
 * run before it has taken the others.
 */
export function passedOver(
  written: readonly WrittenCommand[],
  answers: { has(cid: string): boolean },
): readonly string[] {
  const last = written.findLastIndex(({ cid, hasAt }) => !hasAt && answers.has(cid))
  return written.flatMap(({ cid }, index) => (index < last && !answers.has(cid) ? [cid] : []))
}

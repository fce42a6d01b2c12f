import type { Checkpoint } from '@hotcb/kernel/node'
import { openRunDirectory } from '@hotcb/run/node'

/** Describes the step at which a continued run resumes, and the steps that it repeats. */
export function describeBeginning(runDir: string, checkpoint: Checkpoint | null): string {
  const last = openRunDirectory(runDir).last('metrics', 1)[0]?.value.step ?? null
  if (checkpoint === null) {
    if (last === null) return `Nothing has been trained in \`${runDir}\` yet: starting at step 0.`
    return `\`${runDir}\` has no checkpoint: starting again at step 0.${repeated(0, last)}`
  }
  const { tag, step } = checkpoint
  return `Continuing from checkpoint ${tag}.${last === null ? '' : repeated(step, last)}`
}

function repeated(first: number, last: number): string {
  if (last < first) return ''
  return last === first ? ` Step ${first} will be repeated.` : ` Steps ${first} to ${last} will be repeated.`
}

import { useRun } from '../run/run-context.ts'

/** Returns the ids of the commands that the kernel is holding for their step. */
export function useHeld(): ReadonlySet<string> {
  const { detail } = useRun()
  return new Set((detail.value?.state?.held ?? []).map(({ cid }) => cid))
}

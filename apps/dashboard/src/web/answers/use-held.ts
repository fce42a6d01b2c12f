import { useRun } from '../run/run-context.ts'

/** Ids of the commands that the kernel holds for their step. */
export function useHeld(): ReadonlySet<string> {
  const { detail } = useRun()
  return new Set((detail.value?.state?.held ?? []).map(({ cid }) => cid))
}

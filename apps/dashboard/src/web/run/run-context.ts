import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { RunStore } from './run-store.ts'

/** The run that the parts below speak of. */
export const RunContext = createContext<RunStore | undefined>(undefined)

/** The run around a part of the page. */
export function useRun(): RunStore {
  const run = useContext(RunContext)
  if (run === undefined) throw new Error('unreachable: a part of the run page is outside of it')
  return run
}

import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { RunStore } from './run-store.ts'

/** The run that the components below show. */
export const RunContext = createContext<RunStore | undefined>(undefined)

/** Returns the run that contains a component. */
export function useRun(): RunStore {
  const run = useContext(RunContext)
  if (run === undefined) throw new Error('unreachable: a part of the run page is used outside it')
  return run
}

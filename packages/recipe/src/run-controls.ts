import {
  BUILT_IN_MODULES,
  type ControlDescription,
  isObject,
  type ModuleTable,
  moduleOfGroup,
  type RecipeEntry,
} from '@hotcb/protocol'
import type { RunControls } from './fit.ts'

/** How a run describes itself in its documents. */
export interface DescribedRun {
  /** From `hotcb.actuators.json`. */
  readonly controls: readonly ControlDescription[]
  /** `modules` of `hotcb.state.json`. */
  readonly modules: unknown
  readonly table: ModuleTable
}

/**
 * Returns the controls and modules of a run, to check entries against them; null if the run describes no controls.
 *
 * The state document lists only modules that report a status, so any other name that has no controls may be a module
 * without one.
 */
export function runControlsOf(run: DescribedRun, entries: readonly RecipeEntry[]): RunControls | null {
  const { controls, modules, table } = run
  if (controls.length === 0) return null
  if (!isObject(modules)) return { controls, table }
  const described = new Set(controls.map(({ group }) => moduleOfGroup(group)))
  const quiet = entries.map(({ module }) => module).filter((name) => !WITH_STATUS.has(name) && !described.has(name))
  return { controls, table, modules: [...Object.keys(modules), ...quiet] }
}

const WITH_STATUS: ReadonlySet<string> = new Set(
  BUILT_IN_MODULES.filter(({ isTopLevel }) => isTopLevel !== true).map(({ name }) => name),
)

import {
  BUILT_IN_MODULES,
  type ControlDescription,
  isObject,
  type ModuleTable,
  moduleOfGroup,
  type RecipeEntry,
} from '@hotcb/protocol'
import type { RunControls } from './fit.ts'

/** The description that a run gives of itself. */
export interface DescribedRun {
  /** From `hotcb.actuators.json`. */
  readonly controls: readonly ControlDescription[]
  /** `modules` of `hotcb.state.json`. */
  readonly modules: unknown
  readonly table: ModuleTable
}

/**
 * The controls and modules of a run against which entries are checked; null if it has described no control.
 *
 * The state document lists modules with a status. Any other name without controls may be a module without a status.
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

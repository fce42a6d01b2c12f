import {
  type ControlDescription,
  type ControlsByKey,
  checkCommand,
  checkParams,
  controlsByKey,
  findDescribed,
  type ModuleTable,
  moduleOfGroup,
  type ParamsProblem,
  type RecipeEntry,
  show,
  unknownControl,
} from '@hotcb/protocol'
import { misuse } from './ops.ts'

/** The controls and modules of a run that a recipe can use. */
export interface RunControls {
  /** From `hotcb.actuators.json`. */
  readonly controls: readonly ControlDescription[]
  /**
   * The names of its kernel modules (`modules` of `hotcb.state.json`). Absent: any name except `opt` and `loss` may be
   * a module.
   */
  readonly modules?: readonly string[]
  /** The descriptors of its modules. @defaultValue the built-in ones */
  readonly table?: ModuleTable
}

/** An entry that does not match a run. */
export interface EntryMismatch extends ParamsProblem {
  /** Index of the entry. */
  readonly index: number
}

/**
 * Finds recipe entries that do not match a run: unknown keys and groups, values that the controls would not
 * accept, missing modules, and ops that are invalid in any run.
 *
 * @param run The run; null to find only entries that are invalid in any run.
 */
export function fitRecipe(entries: readonly RecipeEntry[], run: RunControls | null): readonly EntryMismatch[] {
  const controls = run === null ? null : controlsByKey(run.controls)
  return entries.flatMap((entry, index) => {
    const senseless = misuse(entry, run?.table)
    if (senseless !== null) return [{ index, key: null, reason: senseless }]
    const problem = run === null || controls === null ? null : mismatch(entry, run, controls)
    return problem === null ? [] : [{ index, ...problem }]
  })
}

function mismatch(entry: RecipeEntry, run: RunControls, controls: ControlsByKey): ParamsProblem | null {
  const { module, op, id, params } = entry
  if (module === 'core') return checkCommand(entry, controls, RECORDED)
  if (run.modules?.includes(module)) return null
  if (!hasControls(module, run)) {
    // Without the list of its modules, a run may have a module of any name.
    if (run.modules === undefined) return null
    return { key: null, reason: `\`module\` ${show(module)} does not exist in this run` }
  }
  if (op === 'set_params') return checkParams(params ?? {}, controls, RECORDED)
  const keys = params?.['keys'] ?? params?.['key'] ?? (id === 'main' ? [] : id)
  const unknown = (Array.isArray(keys) ? keys : [keys]).map(String).find((key) => !findDescribed(key, controls))
  return unknown === undefined ? null : { key: null, reason: unknownControl(`params.${unknown}`, unknown, controls) }
}

const RECORDED = { prefix: 'params.', isRecorded: true }

function hasControls(module: string, run: RunControls): boolean {
  return module === 'opt' || module === 'loss' || run.controls.some(({ group }) => moduleOfGroup(group) === module)
}

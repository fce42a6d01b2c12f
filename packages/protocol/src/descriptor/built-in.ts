import { AUTOPILOT_DESCRIPTOR } from './autopilot.ts'
import { CB_DESCRIPTOR } from './callbacks.ts'
import { CONTROL_OPS } from './controls.ts'
import { CORE_DESCRIPTOR } from './core.ts'
import type { HistoryRule, ModuleDescriptor, OpDescriptor } from './descriptor.ts'
import { LOSS_DESCRIPTOR, OPT_DESCRIPTOR } from './optimizer-and-loss.ts'
import { CTL_DESCRIPTOR } from './registered.ts'
import { TUNE_DESCRIPTOR } from './tune.ts'

/** The modules that are built into hotcb. */
export const BUILT_IN_MODULES: readonly ModuleDescriptor[] = [
  CORE_DESCRIPTOR,
  OPT_DESCRIPTOR,
  LOSS_DESCRIPTOR,
  CB_DESCRIPTOR,
  CTL_DESCRIPTOR,
  TUNE_DESCRIPTOR,
  AUTOPILOT_DESCRIPTOR,
]

/** Descriptors by name. A module with any other name has the ops of controls. */
export interface ModuleTable {
  readonly modules: readonly ModuleDescriptor[]
  /** Undefined if no descriptor has that name; the module then has the ops of controls. */
  get(name: string): ModuleDescriptor | undefined
  /** Undefined if the module has no such op. */
  op(module: string, op: string): OpDescriptor | undefined
  /** Whether the module has the ops of controls: `opt`, `loss`, or a name that the trainer defines. */
  isControls(module: string): boolean
  /** Whether the module has handles: things that are loaded under an id, such as callbacks. */
  hasHandles(module: string): boolean
  /** How a history treats repeated ops. */
  history(module: string, op: string): HistoryRule
}

/**
 * Creates the table of a run's modules.
 *
 * @param others The modules that are not built in. One with the name of a built-in module is ignored.
 */
export function createModuleTable(others: readonly ModuleDescriptor[] = []): ModuleTable {
  const byName = new Map<string, ModuleDescriptor>()
  for (const module of [...BUILT_IN_MODULES, ...others]) if (!byName.has(module.name)) byName.set(module.name, module)
  return {
    modules: [...byName.values()],
    get: (name) => byName.get(name),
    op(module, op) {
      return (byName.get(module)?.ops ?? CONTROL_OPS).find((one) => one.op === op)
    },
    isControls(module) {
      const known = byName.get(module)
      return known === undefined || known === OPT_DESCRIPTOR || known === LOSS_DESCRIPTOR
    },
    hasHandles: (module) => byName.get(module)?.yaml === 'handles',
    history(module, op) {
      return byName.get(module)?.ops.find((one) => one.op === op)?.history ?? 'all'
    },
  }
}

/** The table of the built-in modules. */
export const BUILT_IN_TABLE: ModuleTable = createModuleTable()

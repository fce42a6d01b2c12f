import { type ControlDescription, type HeldCommand, isObject, type ModuleTable, moduleOfGroup } from '@hotcb/protocol'

/** What must be known of a run to read a line about it. A program may give getters, so that only what is needed is read. */
export interface RunFacts {
  /** The controls that its trainer describes; none while no trainer has. */
  readonly controls: readonly ControlDescription[]
  /** What each module last said of itself, by name, as in the state document; undefined where that is not known. */
  readonly modules: Readonly<Record<string, unknown>> | undefined
  /** Commands that wait for their step. */
  readonly held: readonly HeldCommand[]
  /** The path by which the trainer finds a file. @defaultValue as it was typed */
  placeOf?(file: string): string
}

/** The module of each control, by key. */
export function moduleByKey(controls: readonly ControlDescription[]): ReadonlyMap<string, string> {
  return new Map(controls.map((control) => [control.param_key, moduleOfGroup(control.group)]))
}

/** What a module said of each of its handles, or of what was registered with it, by id; undefined where it is not known. */
export function handlesOf(module: string, { modules }: RunFacts): ReadonlyMap<string, object> | undefined {
  const all = modules !== undefined && Object.hasOwn(modules, module) ? modules[module] : undefined
  if (!isObject(all)) return undefined
  return new Map(Object.entries(all).flatMap(([id, status]) => (isObject(status) ? [[id, status]] : [])))
}

/** Modules with handles that can be enabled and disabled by their id. */
export function modulesWithHandles({ modules, hasHandles, op }: ModuleTable): readonly string[] {
  return modules.map(({ name }) => name).filter((name) => hasHandles(name) && op(name, 'enable') !== undefined)
}

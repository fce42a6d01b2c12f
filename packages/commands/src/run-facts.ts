import { type ControlDescription, type HeldCommand, isObject, type ModuleTable, moduleOfGroup } from '@hotcb/protocol'

/**
 * The facts about a run that are needed to read a line. A program may pass getters, so that only the required facts are
 * read.
 */
export interface TypingFacts {
  /** The controls that the run's trainer describes; empty until a trainer has described them. */
  readonly controls: readonly ControlDescription[]
  /** The last status of each module, by name, from the state document; undefined if unknown. */
  readonly modules: Readonly<Record<string, unknown>> | undefined
  /** Commands that are waiting for their step. */
  readonly held: readonly HeldCommand[]
  /** Returns the path under which the trainer finds a file. @defaultValue the path as typed */
  placeOf?(file: string): string
}

/** Returns the module of each control, by key. */
export function moduleByKey(controls: readonly ControlDescription[]): ReadonlyMap<string, string> {
  return new Map(controls.map((control) => [control.param_key, moduleOfGroup(control.group)]))
}

/** Returns the status of each of a module's handles or registered functions, by id; undefined if unknown. */
export function handlesOf(module: string, { modules }: TypingFacts): ReadonlyMap<string, object> | undefined {
  const all = modules !== undefined && Object.hasOwn(modules, module) ? modules[module] : undefined
  if (!isObject(all)) return undefined
  return new Map(Object.entries(all).flatMap(([id, status]) => (isObject(status) ? [[id, status]] : [])))
}

/** Returns the modules with handles that can be enabled and disabled by their id. */
export function modulesWithHandles({ modules, hasHandles, op }: ModuleTable): readonly string[] {
  return modules.map(({ name }) => name).filter((name) => hasHandles(name) && op(name, 'enable') !== undefined)
}

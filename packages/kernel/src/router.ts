import type { MutableState } from '@hotcb/actuators'
import {
  copyJson,
  createModuleTable,
  type HotModule,
  isObject,
  type JsonObject,
  MAX_DEPTH,
  type ModuleContext,
  type ModuleTable,
  messageOf,
  nearest,
  type Op,
  type Outcome,
  ok,
  type Result,
  rateKeysProblem,
  readModuleDescriptor,
  readSetParams,
  refused,
  requireSync,
  show,
  traceOf,
} from '@hotcb/protocol'
import { moduleKeys } from './changes-in-force.ts'

/** Passes each op to the module that it names, or to the mutable state. */
export interface Router {
  readonly modules: ReadonlyMap<string, HotModule>
  /** The run's modules with their descriptors, and the built-in ones. */
  readonly table: ModuleTable
  /** Whether a module name refers to the trainer's controls, and no registered module handles its ops. */
  isControls(module: string): boolean
  route(op: Op, context: ModuleContext, at: { readonly step: number; readonly total: number | null }): Outcome
  /** Returns the mutable state if the op belongs to it and not to a module; otherwise null. */
  stateOf(op: Op): MutableState | null
  /**
   * Returns the keys that an applied op changed, for revert. `set` contains the values that were actually set. Default:
   * the op's params.
   */
  keys(op: Op, set?: Op['params']): readonly string[]
}

export function createRouter(list: readonly HotModule[], state: MutableState | null): Router {
  const modules = new Map(list.map((module) => [module.name, module]))
  const table = tableOf(list)
  const isControls = (name: string): boolean => modules.get(name)?.applyOp === undefined && table.isControls(name)
  return {
    modules,
    table,
    isControls,
    route(op, context, at) {
      const module = modules.get(op.module)
      if (module?.applyOp !== undefined) {
        return contained(() => readOutcome(module.applyOp?.(op, context), op.module))
      }
      if (!table.isControls(op.module)) return { ok: false, error: noModule(op.module, modules) }
      if (state === null) {
        return { ok: false, error: `no_mutable_state: this trainer registered no controls for module \`${op.module}\`` }
      }
      const problem = context.channel === 'live' ? togetherProblem(op) : null
      if (problem !== null) return { ok: false, error: problem }
      return contained(() => state.apply(op, { step: at.step, total: at.total }))
    },
    stateOf: (op) => (isControls(op.module) ? state : null),
    keys(op, set = op.params) {
      if (modules.get(op.module)?.applyOp !== undefined || state === null) return moduleKeys(op, set)
      if (op.op === 'set_params') return state.touched(set ?? {})
      const { key, keys } = set ?? {}
      const named = Array.isArray(keys) ? keys : [key ?? op.id]
      return named.map((one) => `${typeof one === 'string' ? one : show(one)}#enabled`)
    },
  }
}

// An op from a recipe or the ledger may contain the resulting scale next to the requested rate, so only live ops are
// checked.
function togetherProblem({ op, params }: Op): string | null {
  const asked = op === 'set_params' && params !== null ? readSetParams(params) : null
  return asked?.ok === true ? (rateKeysProblem(asked.value)?.reason ?? null) : null
}

/** Creates the table of a run's modules, with the descriptors of those that are not built in. */
export function tableOf(modules: readonly HotModule[]): ModuleTable {
  return createModuleTable(
    modules.flatMap(({ descriptor }) => {
      // `checkParts` has already accepted the descriptor.
      const read = descriptor === undefined ? null : readModuleDescriptor(descriptor)
      return read?.ok === true ? [read.value] : []
    }),
  )
}

/** Returns the text of an error and its stack. */
export function describeError(error: unknown): { readonly message: string; readonly traceback: string | null } {
  return { message: messageOf(error), traceback: traceOf(error) }
}

function contained(apply: () => Outcome): Outcome {
  try {
    return apply()
  } catch (error) {
    const { message, traceback } = describeError(error)
    return { ok: false, error: message, traceback }
  }
}

// A module may be external code: its results are copied here, so that no other code has to handle a getter, a cycle or
// a BigInt.
function readOutcome(given: unknown, module: string): Outcome {
  const outcome = requireSync(given, `module \`${module}\``)
  if (!isObject(outcome)) return { ok: false, error: `module \`${module}\` returned no outcome` }
  const { error, traceback, notes } = outcome
  const said = { ...(typeof notes === 'string' && { notes }), ...listsOf(outcome) }
  if (outcome.ok !== true) {
    const why =
      typeof error === 'string' && error !== '' ? error : `module \`${module}\` failed without giving a reason`
    return { ok: false, error: why, traceback: typeof traceback === 'string' ? traceback : null, ...said }
  }
  const cannotStore = (reason: string): Outcome => {
    return { ok: false, error: `module \`${module}\` returned a value that the ledger cannot store: ${reason}` }
  }
  const payload = readFields(outcome.payload)
  if (!payload.ok) return cannotStore(payload.reason)
  const old = readFields(outcome.old)
  if (!old.ok) return cannotStore(old.reason)
  return { ok: true, payload: payload.value, old: old.value, ...said }
}

// A value that is not a list of the right kind counts as absent.
function listsOf({ touched, ranks }: Record<string, unknown>): Pick<Outcome & { ok: true }, 'touched' | 'ranks'> {
  return {
    ...(isListOf(touched, (one) => typeof one === 'string') && { touched }),
    ...(isListOf(ranks, (one): one is number => Number.isSafeInteger(one)) && { ranks }),
  }
}

function isListOf<One>(value: unknown, isOne: (one: unknown) => one is One): value is readonly One[] {
  return Array.isArray(value) && value.length > 0 && value.every(isOne)
}

function readFields(value: unknown): Result<JsonObject | null> {
  if (value === undefined || value === null) return ok(null)
  // The values become fields of a ledger line, which has a maximum depth.
  const copy = copyJson(value, { levels: MAX_DEPTH - 1, nonFinite: 'null' })
  if (!copy.ok) return copy
  return isObject(copy.value) ? ok(copy.value) : refused(`expected an object, got ${show(copy.value)}`)
}

function noModule(name: string, modules: ReadonlyMap<string, HotModule>): string {
  const near = nearest(name, modules.keys())
  const hint = near.length > 0 ? `: did you mean \`${near[0]}\`?` : ''
  return `this trainer has no module \`${name}\`${hint}`
}

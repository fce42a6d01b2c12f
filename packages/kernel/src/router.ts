import type { MutableState } from '@hotcb/actuators'
import {
  atOnce,
  type HotModule,
  type ModuleContext,
  messageOf,
  nearest,
  type Op,
  type Outcome,
  traceOf,
} from '@hotcb/protocol'
import { moduleKeys } from './standing.ts'

/** Hands ops to the module of their name, or to the mutable state. */
export interface Router {
  readonly modules: ReadonlyMap<string, HotModule>
  route(op: Op, context: ModuleContext, at: { readonly step: number; readonly total: number | null }): Outcome
  /** The mutable state, where an op is its own and no module's. */
  stateOf(op: Op): MutableState | null
  /** What an applied op touched, for revert. `set` is what was really set: its own params unless told. */
  keys(op: Op, set?: Op['params']): readonly string[]
}

/** Module names that never fall through to the mutable state. */
const RESERVED = ['cb', 'tune', 'ctl']

export function createRouter(modules: ReadonlyMap<string, HotModule>, state: MutableState | null): Router {
  return {
    modules,
    route(op, context, at) {
      const module = modules.get(op.module)
      if (module?.applyOp !== undefined) return contained(() => module.applyOp?.(op, context), op.module)
      if (RESERVED.includes(op.module)) return { ok: false, error: noModule(op.module, modules) }
      if (state === null) {
        return { ok: false, error: `no_mutable_state: this trainer registered no controls for module \`${op.module}\`` }
      }
      return contained(() => state.apply(op, { step: at.step, total: at.total }), op.module)
    },
    stateOf: (op) => (modules.get(op.module)?.applyOp !== undefined || RESERVED.includes(op.module) ? null : state),
    keys(op, set = op.params) {
      if (modules.get(op.module)?.applyOp !== undefined || state === null) return moduleKeys(op, set)
      if (op.op === 'set_params') return state.touched(set ?? {})
      const { key, keys } = set ?? {}
      const named = Array.isArray(keys) ? keys : [key ?? op.id]
      return named.map((one) => `${String(one)}#enabled`)
    },
  }
}

/** The text of an error, and where it was thrown. */
export function describeError(error: unknown): { readonly message: string; readonly traceback: string | null } {
  return { message: messageOf(error), traceback: traceOf(error) }
}

function contained(apply: () => Outcome | undefined, module: string): Outcome {
  try {
    const outcome = atOnce(apply(), `module \`${module}\``)
    return outcome ?? { ok: false, error: `module \`${module}\` gave no outcome` }
  } catch (error) {
    const { message, traceback } = describeError(error)
    return { ok: false, error: message, traceback }
  }
}

function noModule(name: string, modules: ReadonlyMap<string, HotModule>): string {
  const near = nearest(name, modules.keys())
  const hint = near.length > 0 ? `: did you mean \`${near[0]}\`?` : ''
  return `this trainer has no module \`${name}\`${hint}`
}

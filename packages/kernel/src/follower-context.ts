import type { ModuleContext, SubmittedOp } from '@hotcb/protocol'
import type { KernelOptions } from './options.ts'

/** Creates the contexts for modules on a rank above 0. They cannot submit, because only rank 0 submits. */
export interface FollowerContexts {
  contextOf(channel: ModuleContext['channel']): ModuleContext
  submit(op: SubmittedOp): null
}

/** @param where Returns the current step of the loop (null before it) and the number of steps. */
export function createFollowerContexts(
  { state, runDir }: KernelOptions,
  rank: number,
  note: (message: string) => void,
  where: () => { readonly step: number | null; readonly total: number | null },
): FollowerContexts {
  function submit({ module, op }: SubmittedOp): null {
    note(`rank ${rank} may not submit: only rank 0 submits ${module} ${op}`)
    return null
  }

  return {
    submit,
    contextOf(channel) {
      const { step, total } = where()
      return {
        channel,
        ...(runDir !== undefined && { runDir }),
        step,
        total,
        get controls() {
          return state?.describe(Math.max(0, step ?? 0)) ?? []
        },
        isCatchingUp: false,
        log: note,
        submit,
      }
    },
  }
}

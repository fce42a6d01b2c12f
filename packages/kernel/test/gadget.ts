import type { HotModule, Json, Op, Outcome } from '@hotcb/protocol'

interface Counter {
  gain: number
  heard: number
}

export interface Gadget extends HotModule {
  state: Counter | null
}

/** A module whose private state depends on when it was loaded and which events it received since. */
export function gadget(): Gadget {
  const module: Gadget = {
    name: 'gad',
    state: null,
    applyOp({ op, params }: Op): Outcome {
      const gain = Number(params?.['gain'])
      if (op === 'load') module.state = { gain, heard: 0 }
      else if (module.state === null) return { ok: false, error: 'nothing is loaded' }
      else if (op === 'unload') module.state = null
      else {
        const old = { gain: module.state.gain }
        module.state.gain = gain
        return { ok: true, payload: params, old }
      }
      return { ok: true, payload: params }
    },
    onEvent() {
      if (module.state !== null) module.state.heard += module.state.gain
    },
    snapshot: () => (module.state === null ? null : { ...module.state }),
    restore(saved: Json) {
      module.state = saved === null ? null : { ...(saved as unknown as Counter) }
    },
    reset() {
      module.state = null
    },
  }
  return module
}

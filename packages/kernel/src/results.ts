import type { ApplyResult } from '@hotcb/protocol'
import type { KernelParts } from './parts.ts'

/** What `apply` returns when nothing is the matter: one shared object, so an idle call allocates nothing. */
export const IDLE: ApplyResult = Object.freeze({
  stop: false,
  paused: false,
  rewound: null,
  degraded: false,
  superseded: false,
})

/** The result for a kernel's condition; {@link IDLE} where all is well. */
export function resultOf(condition: ApplyResult): ApplyResult {
  const { stop, paused, rewound, degraded, superseded } = condition
  if (!stop && !paused && rewound === null && !degraded && !superseded) return IDLE
  return { stop, paused, rewound, degraded, superseded }
}

/** What the loop is told. */
export function outcomeOf({ condition, loop, recorder }: KernelParts): ApplyResult {
  const { stopped, recipeTrouble, paused, superseded } = condition
  const stop = stopped || recipeTrouble !== null
  const { rewound } = loop
  const degraded = recorder.isDegraded
  if (!stop && !paused && rewound === null && !degraded && !superseded) return IDLE
  return resultOf({ stop, paused, rewound, degraded, superseded })
}

import type { ApplyResult } from '@hotcb/protocol'
import type { KernelParts } from './parts.ts'

/** The result of `apply` when there is nothing to report: one shared object, so that an idle call allocates nothing. */
export const IDLE: ApplyResult = Object.freeze({
  stop: false,
  paused: false,
  rewound: null,
  degraded: false,
  superseded: false,
})

/** Returns the result for a kernel's condition; {@link IDLE} if there is nothing to report. */
export function resultOf(condition: ApplyResult): ApplyResult {
  const { stop, paused, rewound, degraded, superseded } = condition
  if (!stop && !paused && rewound === null && !degraded && !superseded) return IDLE
  return { stop, paused, rewound, degraded, superseded }
}

/** Returns the result that `apply` passes to the training loop. */
export function outcomeOf({ condition, loop, recorder }: KernelParts): ApplyResult {
  const { stopped, recipeTrouble, paused, superseded } = condition
  const stop = stopped || recipeTrouble !== null
  const { rewound } = loop
  const degraded = recorder.isDegraded
  if (!stop && !paused && rewound === null && !degraded && !superseded) return IDLE
  return resultOf({ stop, paused, rewound, degraded, superseded })
}

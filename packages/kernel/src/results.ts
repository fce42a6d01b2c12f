import type { ApplyResult } from '@hotcb/protocol'

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

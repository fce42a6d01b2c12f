import type { RunStatus } from '../../src/commands/look/read-status.ts'

/** The status of a run that no trainer has opened. */
export const EMPTY_STATUS: RunStatus = {
  run_dir: 'runs/a',
  trainer: {
    alive: false,
    reason: null,
    foreign: false,
    paused: false,
    closed: false,
    step: null,
    max_steps: null,
    step_seconds: null,
    ranks: null,
    kernel: null,
    age_seconds: null,
  },
  freeze: { mode: 'off', recipe_path: null, adjust_path: null, policy: 'best_effort', step_offset: 0 },
  queued: [],
  held: [],
  last: {},
  last_complete: true,
  controls: [],
  modules: {},
  metrics: null,
  final_metrics: null,
  origin: null,
  warnings: [],
}

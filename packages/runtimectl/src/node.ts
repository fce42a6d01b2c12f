// The half of @hotcb/runtimectl that touches files and clocks.
export { type EnqueueOptions, enqueue } from './node/enqueue.ts'
export { openControls, type RuntimeControlsOptions } from './node/runtime-controls.ts'

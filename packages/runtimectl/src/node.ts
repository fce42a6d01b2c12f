// The entry of @hotcb/runtimectl that uses files and clocks.
export { type EnqueueOptions, enqueue } from './node/enqueue.ts'
export { openControls, type RuntimeControlsOptions } from './node/runtime-controls.ts'

// The half of @hotcb/runtimectl that touches files and clocks.
export { type EnqueueOptions, enqueue } from './node/enqueue.ts'
export { type RuntimeControlsOptions, runtimeControls } from './node/runtime-controls.ts'

// The whole public surface of @hotcb/kernel/node: a kernel on a run directory.
export {
  type Checkpoint,
  type CheckpointHandlers,
  checkpointFolder,
  latestCheckpoint,
  listCheckpoints,
} from './node/checkpoint-folder.ts'
export { fileCollective } from './node/file-collective.ts'
export { type OpenKernelOptions, openKernel } from './node/open-kernel.ts'
export {
  type CollectiveMemory,
  type CollectiveOptions,
  createCollectiveMemory,
  threadCollective,
} from './node/thread-collective.ts'

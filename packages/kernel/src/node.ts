// The whole public API of @hotcb/kernel/node: it opens a kernel on a run directory.
export { type CheckpointHandlers, checkpointFolder } from './node/checkpoint-folder.ts'
export { type Checkpoint, latestCheckpoint, listCheckpoints } from './node/checkpoint-list.ts'
export { type FileCollectiveOptions, openFileCollective } from './node/file-collective.ts'
export { type OpenKernelOptions, openKernel } from './node/open-kernel.ts'
export type { CollectiveOptions, RankPort } from './node/rank-port.ts'
export { type CollectiveMemory, createCollectiveMemory, openThreadCollective } from './node/thread-collective.ts'

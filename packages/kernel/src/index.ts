// The whole public surface of @hotcb/kernel: a kernel out of parts, for any host.
export type { ApplyResult, Env, HotModule, ModuleContext, Outcome, SubmittedOp } from '@hotcb/protocol'
export type { Collective } from './collective.ts'
export { createKernel, type Kernel } from './kernel.ts'
export { leftToRankZero } from './left-to-rank-zero.ts'
export {
  KernelError,
  type KernelErrorCode,
  type KernelIdentity,
  type KernelOptions,
  RecipeError,
  type YamlPort,
} from './options.ts'
export type {
  CheckpointLoaded,
  CheckpointPort,
  CheckpointRequest,
  Clock,
  CommandBatch,
  CommandLine,
  CommandSource,
  DocumentPort,
  DocumentSink,
  Failure,
  LedgerPort,
  RecipePort,
  SleepPort,
} from './ports.ts'

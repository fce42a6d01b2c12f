// The whole public API of @hotcb/kernel: it builds a kernel from parts, for any host.
export type { ApplyResult, Env, HotModule, ModuleContext, Outcome, SubmittedOp } from '@hotcb/protocol'
export type { Attention } from './attention.ts'
export type { Collective } from './collective.ts'
export type { PendingDecision } from './deciding.ts'
export { createKernel, type HostPlace, type Kernel, type Takeover } from './kernel.ts'
export { onlyOnRankZero } from './left-to-rank-zero.ts'
export {
  type HostRanks,
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
  LedgerPort,
  RecipePort,
  SleepPort,
  WriteFailure,
} from './ports.ts'

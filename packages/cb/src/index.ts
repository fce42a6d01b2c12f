// The complete public API of @hotcb/cb.
export type { CallbackEnv, CallbackFactory, CallbackInit, HotCallback } from './callback.ts'
export { type CallbackModuleOptions, createCallbackModule } from './callback-module.ts'
export { type EnvAdditions, viewEnv } from './env-view.ts'
export { type FoundLoggers, findLoggers, type Logged, logScalar } from './found-loggers.ts'
export type { CallbackHost, DeferredClosing, HostedCosts, HostReports } from './host.ts'
export {
  type CallbackLoader,
  type CallbackPorts,
  type Caller,
  type CallGuard,
  type Loaded,
  type LoadFailure,
  type LoadRequest,
  type LoadResult,
  plainGuard,
  type UncaughtKind,
} from './ports.ts'
export type { CallbackLimits } from './state.ts'

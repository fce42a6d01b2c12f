// The whole public surface of @hotcb/run/node: a run directory on a real file system.
export { fileClockMs, fileClockMsAsync } from './node/file-clock.ts'
export {
  type AsyncLifeOptions,
  type AsyncLifeWatch,
  type LifeSystem,
  type LifeWatch,
  watchLife,
  watchLifeAsync,
} from './node/life-watch.ts'
export { type OpenRunOptions, openRun, type Run, type RunFile, requireProtocol, runAt } from './node/open-run.ts'
export { settleLife } from './node/settle-life.ts'

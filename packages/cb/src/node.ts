// The entry point of @hotcb/cb that uses files, threads and the process.
export { type CallbacksOptions, openCallbacks } from './node/callbacks.ts'
export { createNodeGuard } from './node/guard.ts'
export { type ControllerResult, HotController, type HotControllerOptions } from './node/hot-controller.ts'
export { javaScript } from './node/javascript.ts'
export type { Evaluated, RelativeImport, SourceLanguage, SourceReading, SourceText } from './node/language.ts'
export { type FileLoaderOptions, openFileLoader } from './node/loader.ts'
export type { SourceFile, SourceGraph } from './node/source-graph.ts'

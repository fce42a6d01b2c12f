// The whole public surface of @hotcb/tfjs. TensorFlow.js itself is passed in, never imported.
export { type FitCallbackOptions, type FitCallbacks, type FitLogs, fitCallbacks, type StoppableModel } from './fit.ts'
export { type TrainedStep, type TrainLoopEnd, type TrainLoopOptions, trainLoop } from './loop.ts'
export { type TensorFlowOptimizerOptions, tensorflowOptimizer } from './optimizer.ts'
export type { Gradients, NamedTensor, TensorFlow, TensorFlowOptimizer } from './tensorflow.ts'

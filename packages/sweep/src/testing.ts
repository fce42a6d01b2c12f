// The entire public API of @hotcb/sweep/testing: the requirements for executors. Needs no test framework.
export { type ConformanceCase, type ExecutorUnderTest, executorConformance } from './testing/executor-conformance.ts'

// The entire public API of @hotcb/bridge/testing: a trainer that uses the wire format, for tests of sidecars and
// sessions.

export { createMemoryPage, type MemoryPage } from './testing/memory-page.ts'
export { type BridgedTrainer, createTrainer, type TrainerControl, type TrainerOptions } from './testing/trainer.ts'

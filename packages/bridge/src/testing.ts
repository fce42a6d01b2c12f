// The whole public surface of @hotcb/bridge/testing: a trainer that speaks the wire, for tests of sidecars and sessions.

export { createMemoryPage, type MemoryPage } from './testing/memory-page.ts'
export { type BridgedTrainer, createTrainer, type TrainerControl, type TrainerOptions } from './testing/trainer.ts'

export type { ConformanceCase } from './testing/check.ts'
export { prunerConformance } from './testing/pruner-conformance.ts'
export { samplerConformance } from './testing/sampler-conformance.ts'
export { type StorageUnderTest, storageConformance } from './testing/storage-conformance.ts'

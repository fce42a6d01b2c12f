export { type JournalStorage, journalStorage } from './node/journal-storage.ts'
export { renderPng } from './node/png.ts'

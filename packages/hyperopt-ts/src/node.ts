export { type JournalStorage, journalStorage } from './node/journal-storage.ts'

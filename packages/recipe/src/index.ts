// The whole public surface of @hotcb/recipe.
export { type Agenda, createAgenda, type Due, type Taken } from './agenda.ts'
export {
  type Attempt,
  createHistory,
  type History,
  type HistoryBuilder,
  type HistoryEntry,
  type HistoryLoad,
  historyOf,
  opOfLine,
} from './history.ts'

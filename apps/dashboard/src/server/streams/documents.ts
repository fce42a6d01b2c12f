import type { DocumentStreams } from '../../shared/wire.ts'
import { autopilotDocument } from '../autopilot-document.ts'
import { tunerDocument } from '../tuner-document.ts'
import type { DocumentStream } from './stream.ts'

/** Everything about one run, except for its line streams. */
export const stateStream: DocumentStream<DocumentStreams['state']> = {
  kind: 'document',
  scope: 'run',
  isDue: () => true,
  next: async (registry, id) => {
    const run = await registry.open(id)
    return run === undefined ? 'gone' : run.state()
  },
}

/** One run's checkpoints. */
export const checkpointsStream: DocumentStream<DocumentStreams['checkpoints']> = {
  kind: 'document',
  scope: 'run',
  isDue: (_, turn) => turn % TURNS_APART === 0,
  next: async (registry, id) => {
    const run = await registry.open(id)
    return run === undefined ? 'gone' : { checkpoints: await run.checkpoints.read() }
  },
}

/** One run's autopilot: its process, its rules, and its proposals. */
export const autopilotStream: DocumentStream<DocumentStreams['autopilot']> = {
  kind: 'document',
  scope: 'run',
  isDue: (_, turn) => turn % TURNS_APART === 0,
  next: async (registry, id) => {
    const run = await registry.open(id)
    return run === undefined ? 'gone' : autopilotDocument(run)
  },
}

/** One run's alerts, and the rules that raise them. */
export const alertsStream: DocumentStream<DocumentStreams['alerts']> = {
  kind: 'document',
  scope: 'run',
  isDue: (_, turn) => turn % TURNS_APART === 0,
  next: async (registry, id) => {
    const run = await registry.open(id)
    return run === undefined ? 'gone' : run.alerts.document()
  },
}

/** One run's tuner: its changes and its estimates. */
export const tunerStream: DocumentStream<DocumentStreams['tuner']> = {
  kind: 'document',
  scope: 'run',
  isDue: (_, turn) => turn % TURNS_APART === 0,
  next: async (registry, id) => {
    const run = await registry.open(id)
    return run === undefined ? 'gone' : { tune: await tunerDocument(run) }
  },
}

/** The people who have one run open: the clients that follow this document. */
export const peopleStream: DocumentStream<DocumentStreams['people']> = {
  kind: 'document',
  scope: 'run',
  isDue: () => true,
  next: async (registry, id, clients) => {
    if ((await registry.find(id)) === undefined) return 'gone'
    const people = [...clients].map(({ id: client, name, person, since }) => ({
      client,
      name,
      role: person.role,
      since,
    }))
    return { people }
  },
}

/** The table of runs: all rows first, then those that have changed. */
export const runsStream: DocumentStream<DocumentStreams['runs']> = {
  kind: 'document',
  scope: 'site',
  first: async (registry) => ({ rows: await registry.rows(), removed: [] }),
  isDue: (registry, turn) => turn % TURNS_APART === 0 || !registry.isComplete,
  next: async (registry) => {
    const changes = await registry.refresh(BUDGET_MS)
    return changes.rows.length === 0 && changes.removed.length === 0 ? undefined : changes
  },
}

const TURNS_APART = 4
const BUDGET_MS = 200

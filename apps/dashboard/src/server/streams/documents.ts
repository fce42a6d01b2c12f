import type { DocumentStreams } from '../../shared/wire.ts'
import { autopilotDocument } from '../autopilot-document.ts'
import { tunerDocument } from '../tuner-document.ts'
import type { DocumentStream } from './stream.ts'

/** Everything about one run but its lines. */
export const stateStream: DocumentStream<DocumentStreams['state']> = {
  kind: 'document',
  scope: 'run',
  isDue: () => true,
  next: async (registry, id) => {
    const run = await registry.open(id)
    return run === undefined ? 'gone' : run.state()
  },
}

/** The checkpoints of one run. */
export const checkpointsStream: DocumentStream<DocumentStreams['checkpoints']> = {
  kind: 'document',
  scope: 'run',
  isDue: (_, turn) => turn % TURNS_APART === 0,
  next: async (registry, id) => {
    const run = await registry.open(id)
    return run === undefined ? 'gone' : { checkpoints: await run.checkpoints.read() }
  },
}

/** The autopilot of one run: who holds it, its rules, and its proposals. */
export const autopilotStream: DocumentStream<DocumentStreams['autopilot']> = {
  kind: 'document',
  scope: 'run',
  isDue: (_, turn) => turn % TURNS_APART === 0,
  next: async (registry, id) => {
    const run = await registry.open(id)
    return run === undefined ? 'gone' : autopilotDocument(run)
  },
}

/** The alerts of one run, and the rules that find them. */
export const alertsStream: DocumentStream<DocumentStreams['alerts']> = {
  kind: 'document',
  scope: 'run',
  isDue: (_, turn) => turn % TURNS_APART === 0,
  next: async (registry, id) => {
    const run = await registry.open(id)
    return run === undefined ? 'gone' : run.alerts.document()
  },
}

/** The tuner of one run: what it did, and what it believes. */
export const tunerStream: DocumentStream<DocumentStreams['tuner']> = {
  kind: 'document',
  scope: 'run',
  isDue: (_, turn) => turn % TURNS_APART === 0,
  next: async (registry, id) => {
    const run = await registry.open(id)
    return run === undefined ? 'gone' : { tune: await tunerDocument(run) }
  },
}

/** Who has one run open: the clients that follow this document. */
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

/** The table of runs: all rows at first, then those that have changed. */
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

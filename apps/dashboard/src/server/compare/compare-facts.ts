import { BUILT_IN_TABLE, messageOf } from '@hotcb/protocol'
import { callbacksOf } from '@hotcb/run'
import type { AnnotationsAnswer } from '../../shared/annotations.ts'
import type { CompareFacts } from '../../shared/compare-wire.ts'
import { describeChange } from '../../shared/describe.ts'
import { isRoutine } from '../../shared/markers.ts'
import type { Marker } from '../../shared/wire.ts'
import type { Annotations } from '../labels/annotations.ts'
import type { RunRegistry } from '../run-registry.ts'
import type { TableRun } from '../table/table-run.ts'

/** Reads the data by which two or more runs are compared, except for the curves of their metrics. */
export async function readCompareFacts(
  registry: RunRegistry,
  annotations: Annotations,
  runs: readonly TableRun[],
): Promise<readonly CompareFacts[]> {
  const [notes, facts] = await Promise.all([
    notesOf(annotations, runs),
    Promise.all(runs.map((run) => factsOf(registry, run))),
  ])
  return facts.map((one, at) => ({ ...one, notes: notes[at] ?? NO_NOTES }))
}

const NO_NOTES: AnnotationsAnswer = { annotations: [], problem: null }

/** Reads one run after another: the first run under a root reads the document, and the others find it unchanged. */
async function notesOf(annotations: Annotations, runs: readonly TableRun[]): Promise<readonly AnnotationsAnswer[]> {
  const notes: AnnotationsAnswer[] = []
  for (const { run } of runs) notes.push(await annotations.read(run))
  return notes
}

async function factsOf(registry: RunRegistry, { run, row, labels, params }: TableRun): Promise<CompareFacts> {
  const facts: CompareFacts = {
    id: row.id,
    name: labels.name ?? row.name,
    status: row.status,
    step: row.step,
    labels,
    params: Object.fromEntries(params),
    callbacks: {},
    metrics: {},
    changes: [],
    notes: NO_NOTES,
    problem: row.problem,
  }
  try {
    const open = await registry.open(run.id)
    if (open === undefined) return { ...facts, problem: 'this run does not exist' }
    const [{ state }, names, { markers }] = await Promise.all([
      open.state(),
      open.history.names(),
      open.ledger.markers(),
    ])
    const changes = markers.filter((marker) => !isRoutine(marker, BUILT_IN_TABLE)).slice(0, MOST_CHANGES)
    return {
      ...facts,
      callbacks: Object.fromEntries((callbacksOf(state?.modules) ?? []).map(({ id, enabled }) => [id, enabled])),
      metrics: Object.fromEntries(names.names.slice(0, MOST_METRICS).map(({ name, last }) => [name, last])),
      changes: changes.map((marker) => ({
        step: marker.step,
        text: textOf(marker),
        by: marker.author ?? marker.source,
      })),
    }
  } catch (error) {
    return { ...facts, problem: facts.problem ?? messageOf(error) }
  }
}

const MOST_CHANGES = 200
const MOST_METRICS = 500

function textOf(marker: Marker): string {
  return describeChange(marker)
}

import type { RunParent } from '@hotcb/protocol'
import type { RunRow } from '../wire.ts'
import type { TreeRun } from './tree-wire.ts'

/** The data that identifies a run and its parent. */
export interface FamilyRun {
  readonly row: Pick<RunRow, 'id' | 'name' | 'step' | 'status'>
  /** Absolute path, with links resolved. */
  readonly dir: string
  readonly runId: string | null
  readonly parent: RunParent | null
}

/** The runs that are related to one run. */
export interface Family {
  /** Parents before their children. */
  readonly runs: readonly TreeRun[]
  readonly hidden: number
}

/** Finds a run's ancestors, and all runs that were branched from them. At most `limit` are listed, including the run itself. */
export function familyOf(id: string, all: readonly FamilyRun[], limit: number): Family {
  const parents = parentsOf(all)
  const ancestry: string[] = [id]
  for (let above = parents.get(id); above !== undefined && !ancestry.includes(above); above = parents.get(above)) {
    ancestry.push(above)
  }
  const children = new Map<string, FamilyRun[]>()
  for (const run of all) {
    const above = parents.get(run.row.id)
    if (above !== undefined) children.set(above, [...(children.get(above) ?? []), run])
  }
  const found: FamilyRun[] = []
  const visit = (run: FamilyRun | undefined): void => {
    if (run === undefined || found.includes(run)) return
    found.push(run)
    const next = [...(children.get(run.row.id) ?? [])]
    next.sort((a, b) => (a.parent?.step ?? 0) - (b.parent?.step ?? 0) || a.row.name.localeCompare(b.row.name))
    for (const child of next) visit(child)
  }
  visit(all.find(({ row }) => row.id === ancestry.at(-1)))
  const kept = keep(found, new Set(ancestry), limit)
  return { runs: kept.map((run) => treeRun(run, parents)), hidden: found.length - kept.length }
}

/** Keeps the ancestors, and then as many of the other runs as fit, in order. No run is kept without its parent. */
function keep(found: readonly FamilyRun[], ancestry: ReadonlySet<string>, limit: number): readonly FamilyRun[] {
  let room = Math.max(0, limit - ancestry.size)
  return found.filter(({ row }) => ancestry.has(row.id) || room-- > 0)
}

function treeRun({ row, parent }: FamilyRun, parents: ReadonlyMap<string, string>): TreeRun {
  const { id, name, step, status } = row
  return { id, name, step, status, parent: parents.get(id) ?? null, from: parent?.step ?? 0, tag: parent?.tag ?? null }
}

/** Returns the parent of each run that was branched from another run in the list, by id. */
function parentsOf(all: readonly FamilyRun[]): ReadonlyMap<string, string> {
  const byDir = new Map(all.map((run) => [run.dir, run]))
  const byName = new Map<string, FamilyRun[]>()
  for (const run of all) {
    const name = run.runId || folderOf(run.dir).name
    byName.set(name, [...(byName.get(name) ?? []), run])
  }
  const parents = new Map<string, string>()
  for (const run of all) {
    if (run.parent === null) continue
    const named = byName.get(run.parent.run) ?? []
    const found = byDir.get(run.parent.dir ?? '') ?? beside(run, named)
    if (found !== undefined && found !== run) parents.set(run.row.id, found.row.id)
  }
  return parents
}

// Finds the parent by its name if directories were moved and the recorded path is wrong: a run with that name in the same folder, or the
// only run with that name.
function beside(run: FamilyRun, named: readonly FamilyRun[]): FamilyRun | undefined {
  const { folder } = folderOf(run.dir)
  return named.find(({ dir }) => folderOf(dir).folder === folder) ?? (named.length === 1 ? named[0] : undefined)
}

function folderOf(dir: string): { readonly folder: string; readonly name: string } {
  const at = Math.max(dir.lastIndexOf('/'), dir.lastIndexOf('\\'))
  return { folder: dir.slice(0, at), name: dir.slice(at + 1) }
}

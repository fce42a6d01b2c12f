import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hotcb } from '../program.ts'

/** Returns the trials as `herd status` shows them. */
export async function trialsOf(root: string): Promise<readonly Shown[]> {
  return JSON.parse((await hotcb(['sweep', 'status', '--json'], { cwd: root })).out).trials
}

export const ENDS: ReadonlySet<string> = new Set(['completed', 'pruned'])

/** Returns everything that is wrong in a sweep that has ended. Trials record in the file `ran` that they ran. */
export async function faults(root: string): Promise<readonly string[]> {
  const trials = await trialsOf(root)
  const views: readonly Shown[] = JSON.parse(readFileSync(join(root, '.hyperherd/manifest.json'), 'utf8'))
  const ran = existsSync(join(root, 'ran')) ? readFileSync(join(root, 'ran'), 'utf8').trim().split('\n') : []
  const decided = decisionKeys(root)
  const claims = readdirSync(join(root, '.hyperherd/claims'))
  return [
    ...repeated(ran).map((attempt) => `attempt ${attempt} ran twice`),
    ...repeated(decided).map((key) => `${key} was decided twice`),
    ...trials
      .filter(({ attempt, index }) => !ran.includes(`${index}-${attempt}`))
      .map(({ index, attempt }) => `attempt ${index}-${attempt} never ran`),
    ...trials.filter(({ state }) => !ENDS.has(state)).map(({ index, state }) => `trial ${index} is ${state}`),
    ...(shown(views) === shown(trials) ? [] : [`the manifest says ${shown(views)}, the journal ${shown(trials)}`]),
    ...claims.filter((name) => !name.endsWith('.free')).map((name) => `claim ${name} is held`),
    ...(existsSync(join(root, '.hyperherd/driver.json')) ? ['a driver that ended left its sign'] : []),
  ]
}

export interface Shown {
  readonly index: number
  readonly status: string
  readonly state: string
  readonly attempt: number
}

function shown(trials: readonly Shown[]): string {
  return trials.map(({ index, status, state, attempt }) => `${index}-${attempt} ${status} ${state}`).join(', ')
}

function decisionKeys(root: string): readonly string[] {
  const dir = join(root, '.hyperherd/journal')
  const lines = readdirSync(dir).flatMap((name) => readFileSync(join(dir, name), 'utf8').trim().split('\n'))
  return lines.flatMap(whole).flatMap(({ type, key }) => (type === 'decide' ? [key] : []))
}

function repeated(all: readonly string[]): readonly string[] {
  return [...new Set(all.filter((one, at) => all.indexOf(one) !== at))]
}

/** Returns the complete lines. On a full disk a line may be truncated and then written again; readers skip the truncated one. */
function whole(text: string): readonly { readonly type: string; readonly key: string }[] {
  try {
    return [JSON.parse(text)]
  } catch {
    return []
  }
}

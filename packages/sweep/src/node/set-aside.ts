import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Workspace } from './workspace.ts'

/** Moves a trial's results to a separate folder. Returns their new paths. */
export function setResultsAside({ paths }: Workspace, index: number): readonly string[] {
  const old = join(paths.results, '.old')
  mkdirSync(old, { recursive: true })
  let number = 1
  while (existsSync(join(old, `${index}-${number}`)) || existsSync(join(old, `${index}-${number}.json`))) number++
  return ['', '.json'].flatMap((ending) => {
    const from = join(paths.results, `${index}${ending}`)
    if (!existsSync(from)) return []
    const to = join(old, `${index}-${number}${ending}`)
    renameSync(from, to)
    return [to]
  })
}

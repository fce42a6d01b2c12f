import type { JsonObject, RunDocument } from '@hotcb/protocol'

/** The job that a launcher sends to a keeper. */
export interface KeeperJob {
  /** The absolute path of the run directory. */
  readonly dir: string
  /** The training program and its arguments. */
  readonly argv: readonly string[]
  /** Variables that are added to the keeper's environment. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** The launch options, in the format of config files. */
  readonly options: JsonObject
  /** The program and the person that started it. */
  readonly by: { readonly source: string; readonly author: string | null }
  readonly seed: number
  /** The time limit in seconds from the first step; null for none. */
  readonly maxTimeSeconds: number | null
  /** The step at which to stop a program that does not count steps itself; null if the program counts them. */
  readonly maxSteps: number | null
  readonly stopSeconds: number
  readonly killSeconds: number
  /** The run document, if the launcher has to write it. */
  readonly document: RunDocument | null
}

/** A message from a keeper to the program that started it. */
export type KeeperMessage =
  | { readonly kind: 'started'; readonly pid: number; readonly isAdopted: boolean }
  | { readonly kind: 'failed'; readonly code: 'held' | 'not-started'; readonly message: string }

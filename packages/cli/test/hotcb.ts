// Runs `hotcb ARGS` for tests of what a command prints and writes: as a separate process. In mutation tests it runs in this one, where
// mutants are active.
import { runHere } from './here.ts'
import type { Ended } from './surroundings.ts'

export { type Ended, temporaryDirectory } from './surroundings.ts'

/** Runs a command to its end. With `--json`, what it prints must fit its schema. */
export async function hotcb(
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  if (process.env['HOTCB_MUTATE'] !== undefined) return runHere(args, { cwd, env })
  // Loaded here, so that a mutation run loads nothing that starts processes.
  const program = await import('./program.ts')
  return program.hotcb(args, { env, ...(cwd !== undefined && { cwd }) })
}

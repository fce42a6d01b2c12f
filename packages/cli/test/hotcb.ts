// Runs `hotcb ARGS` as a separate process, for tests of the output and the files of a command. In mutation tests it runs in this
// process, where mutants are active.
import { runHere } from './here.ts'
import type { Ended } from './surroundings.ts'

export { type Ended, temporaryDirectory } from './surroundings.ts'

/** Runs a command to its end. With `--json`, its output must match its schema. */
export async function hotcb(
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  if (process.env['HOTCB_MUTATE'] !== undefined) {
    const runDemo = () => Promise.reject(new Error('there is no demo in this process'))
    return runHere(args, { cwd, env, ports: { runDemo } })
  }
  // It is loaded here, so that a mutation run loads nothing that starts processes.
  const program = await import('./program.ts')
  return program.hotcb(args, { env, ...(cwd !== undefined && { cwd }) })
}

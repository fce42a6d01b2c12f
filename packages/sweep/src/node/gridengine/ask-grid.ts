import { type Answer, answer, unanswered } from '../../executor/executor.ts'
import type { TaskRow } from '../../executor/task-row.ts'
import { readQacct, readQstat } from '../../gridengine/rows.ts'
import { type CallProgram, silence } from '../cluster/call-program.ts'

const ASK_MS = 20_000

/** Returns all users' tasks in the queue, because another user of the workspace may have submitted some of them. */
export async function askGridQueue(call: CallProgram): Promise<Answer<readonly TaskRow[]>> {
  const said = await call('qstat', ['-xml', '-u', '*'], { timeoutMs: ASK_MS })
  const rows = said.code === 0 ? readQstat(said.stdout) : undefined
  return rows === undefined ? unanswered(silence('qstat', said)) : answer(rows)
}

/** Returns the accounting rows of jobs; null if this machine cannot read the accounting at all. */
export async function askGridAccounting(
  call: CallProgram,
  jobs: readonly string[],
): Promise<Answer<readonly TaskRow[] | null>> {
  const rows: TaskRow[] = []
  for (const job of jobs) {
    const said = await call('qacct', ['-j', job], { timeoutMs: ASK_MS })
    if (said.isMissing || /No such file|Permission denied/.test(said.stderr)) return answer(null)
    if (said.code === 0) rows.push(...readQacct(said.stdout))
    else if (!/not found/.test(said.stderr)) return unanswered(silence('qacct', said))
  }
  return answer(rows)
}

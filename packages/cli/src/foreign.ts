import { inForeignWords } from '@hotcb/run'
import { readControls } from './controls.ts'
import { refusal } from './errors.ts'
import type { Run } from './run.ts'
import type { Asked } from './send.ts'

/**
 * What is asked of another kernel, in the words that hotcb 2's knows.
 *
 * @throws `CliError` for what it cannot do.
 */
export function allInForeignWords(asked: readonly Asked[], run: Run): readonly Asked[] {
  const controls = new Set(readControls(run).map((control) => control.param_key))
  return asked.map((one) => {
    const command = inForeignWords(one, controls)
    if (!command.ok) throw refusal(`${command.reason}: nothing is written`)
    return command.value
  })
}

import { refusal } from '@hotcb/commands'
import type { BenchPort, CliContext } from '../../context.ts'

/** The bench of this program. @throws CommandError `refused` where it has none. */
export function benchOf({ ports }: CliContext): Promise<BenchPort> {
  if (ports.bench === undefined) throw refusal('this program was built without the bench')
  return ports.bench()
}

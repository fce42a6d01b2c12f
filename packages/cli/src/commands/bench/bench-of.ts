import { refusal } from '@hotcb/commands'
import type { BenchPort, CliContext } from '../../context.ts'

/** Returns this program's benchmark. @throws CommandError `refused` if it has none. */
export function benchOf({ ports }: CliContext): Promise<BenchPort> {
  if (ports.bench === undefined) throw refusal('this program was built without the bench')
  return ports.bench()
}

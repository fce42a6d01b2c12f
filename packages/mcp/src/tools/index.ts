import type { Right } from '../port.ts'
import { CONTROL_TOOLS } from './control-tools.ts'
import { PROPOSE_TOOLS } from './propose-tools.ts'
import { RUN_TOOLS } from './run-tools.ts'
import { SWEEP_TOOLS } from './sweep-tools.ts'
import type { Tool } from './tool.ts'
import { TRIAL_TOOLS } from './trial-tools.ts'

/** All tools, whatever right they need. */
export const TOOLS: readonly Tool[] = [...RUN_TOOLS, ...SWEEP_TOOLS, ...PROPOSE_TOOLS, ...CONTROL_TOOLS, ...TRIAL_TOOLS]

/** Returns the tools for a client with these rights. */
export function toolsFor(rights: readonly Right[]): readonly Tool[] {
  return TOOLS.filter(({ right }) => right === undefined || rights.includes(right))
}

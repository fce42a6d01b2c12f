import { oneLine } from '@hotcb/protocol'
import type { TextPlace } from '@hotcb/protocol/yaml'

/** A problem or a warning about a config. */
export interface ConfigProblem {
  readonly place: TextPlace
  /** The path of the field, such as `parameters.lr.low`; empty for the whole document. */
  readonly field: string
  /** What is wrong, the value, and what would be right. */
  readonly message: string
  /** A warning does not stop the sweep. */
  readonly isWarning: boolean
}

/** Formats a problem: `hyperherd.yaml:14:10: parameters.lr.low: "abc" is not a number; use a value such as 1e-5`. */
export function tellConfigProblem({ place, field, message }: ConfigProblem, file: string): string {
  return oneLine(`${file}:${place.line}:${place.column}: ${field === '' ? '' : `${field}: `}${message}`, 400)
}

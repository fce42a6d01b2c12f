import type { YamlPath } from '@hotcb/protocol/yaml'

/** One problem in a tuner's recipe. */
export interface RecipeProblem {
  /** The keys that lead from the top of the document to the problem. */
  readonly path: YamlPath
  /** Whether the key itself is wrong or its value. */
  readonly of: 'key' | 'value'
  /** One line: what is wrong, the value, what would be right. */
  readonly reason: string
}

/** Formats a path for messages: `actuators.opt.keys.lr`. */
export function dotted(path: YamlPath): string {
  return path.join('.')
}

import type { YamlPath } from '@hotcb/protocol/yaml'

/** One thing that is wrong with a recipe of the tuner. */
export interface RecipeProblem {
  /** Keys from the top of the document to what is wrong. */
  readonly path: YamlPath
  /** Whether the key itself is wrong, and not its value. */
  readonly of: 'key' | 'value'
  /** One line: what is wrong, the value, what would be right. */
  readonly reason: string
}

/** A path as messages name it: `actuators.opt.keys.lr`. */
export function dotted(path: YamlPath): string {
  return path.join('.')
}

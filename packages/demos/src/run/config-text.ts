import { type DemoConfig, isDemoConfig } from './demo-options.ts'

/** The content of `config` in the run document: the training, and the options without their own field. */
export interface ConfigText {
  readonly config: DemoConfig
  readonly checkpointEvery: number | null
}

const CHECKPOINT_EVERY = 'checkpoint_every='

/**
 * The text for `config`, such as `digits checkpoint_every=50`. It stays one line of text, which is what every reader of the
 * document expects there.
 */
export function formatConfig({ config, checkpointEvery }: ConfigText): string {
  return checkpointEvery === null ? config : `${config} ${CHECKPOINT_EVERY}${checkpointEvery}`
}

/** Parses the output of {@link formatConfig}; null for the text of another program. */
export function readConfig(text: string): ConfigText | null {
  const [config = '', option, ...rest] = text.split(' ')
  if (!isDemoConfig(config) || rest.length > 0) return null
  if (option === undefined) return { config, checkpointEvery: null }
  const checkpointEvery = Number(option.slice(CHECKPOINT_EVERY.length))
  const isRight = option.startsWith(CHECKPOINT_EVERY) && Number.isSafeInteger(checkpointEvery) && checkpointEvery >= 1
  return isRight ? { config, checkpointEvery } : null
}

import { DemoError } from '../errors.ts'
import { type DemoOptions, isDemoConfig } from './demo-options.ts'
import { runDemo } from './run-demo.ts'

/**
 * Carries out the training run that a launcher requests: `HOTCB_RUN_DIR`, `HOTCB_CONFIG`, `HOTCB_MAX_STEPS`,
 * `HOTCB_STEP_DELAY`, `HOTCB_SEED`,
 * `HOTCB_RESUME`.
 *
 * @throws The errors of {@link runDemo}.
 */
export function trainLaunched(env: NodeJS.ProcessEnv): Promise<number> {
  const config = required(env, 'HOTCB_CONFIG')
  if (!isDemoConfig(config))
    throw new DemoError('bad-option', `\`HOTCB_CONFIG\` is not the name of a training run: "${config}"`)
  const options: DemoOptions = {
    dir: required(env, 'HOTCB_RUN_DIR'),
    config,
    maxSteps: Number(required(env, 'HOTCB_MAX_STEPS')),
    stepDelaySeconds: Number(required(env, 'HOTCB_STEP_DELAY')),
    seed: Number(required(env, 'HOTCB_SEED')),
    continue: env['HOTCB_RESUME'] === '1',
    command: 'hotcb',
  }
  return runDemo(options)
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name]
  if (value !== undefined && value !== '') return value
  throw new DemoError('bad-option', `\`${name}\` is not set: this program is started by \`hotcb launch\``)
}

// A notifier as `hotcb notify run` runs it, without a command line: `notifier RUN_DIR`.
import { findNotifyConfig, openNotifier } from '@hotcb/notify/node'

const dir = process.argv[2] ?? '.'
const found = findNotifyConfig(dir, { env: process.env })
if (found?.ok !== true) throw new Error(found?.problems.join('\n') ?? 'no configuration')
const say = (text: string): void => void process.stdout.write(`${text}\n`)
const notifier = await openNotifier({
  config: found.config,
  dirs: [dir],
  ports: { env: process.env, terminal: { line: say, bell: () => undefined }, approvals: null, onTrouble: say },
})
say('ready')
process.once('SIGTERM', () => void notifier.close().then(() => process.exit(0)))
void notifier.ended.then(() => process.exit(0))

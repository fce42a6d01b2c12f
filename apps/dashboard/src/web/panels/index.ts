import { autopilot } from './autopilot/index.ts'
import { callbacks } from './callbacks/index.ts'
import { change } from './change/index.ts'
import { charts } from './charts/index.ts'
import { checkpoints } from './checkpoints/index.ts'
import { controls } from './controls/index.ts'
import { launcher } from './launcher/index.ts'
import { ledger } from './ledger/index.ts'
import { log } from './log/index.ts'
import { media } from './media/index.ts'
import { notifications } from './notifications/index.ts'
import { output } from './output/index.ts'
import type { Panel } from './panel.ts'
import { ramp } from './ramp/index.ts'
import { recipe } from './recipe/index.ts'
import { summary } from './summary/index.ts'
import { system } from './system/index.ts'
import { trajectory } from './trajectory/index.ts'
import { tune } from './tune/index.ts'

/** Every panel of a run's page, in the order of the tabs. The first one is shown if a link does not name one. */
export const PANELS: readonly [Panel, ...Panel[]] = [
  charts,
  controls,
  ledger,
  recipe,
  autopilot,
  tune,
  callbacks,
  checkpoints,
  system,
  media,
  log,
  output,
  launcher,
  notifications,
  trajectory,
  summary,
  change,
  ramp,
]

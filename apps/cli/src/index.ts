import { type DashboardOptions, runCli } from '@hotcb/cli'
import type { DemoOptions } from '@hotcb/demos'

/** Put in by the build. */
declare const HOTCB_VERSION: string

const ports = {
  version: HOTCB_VERSION,
  runDemo: async (options: DemoOptions) => (await import('@hotcb/demos')).runDemo(options),
  startDashboard: async (options: DashboardOptions) => (await import('@hotcb/dashboard')).startDashboard(options),
}

runCli(process.argv.slice(2), ports).then((exitCode) => {
  // Not `process.exit`: what is still being written to a slow reader goes out first.
  process.exitCode = exitCode
})

import { type DashboardOptions, type DemoOptions, runCli } from '@hotcb/cli'

/** Put in by the build. */
declare const HOTCB_VERSION: string

runCli(process.argv.slice(2), {
  version: HOTCB_VERSION,
  runDemo: async (options: DemoOptions) => (await import('@hotcb/demos')).runDemo(options),
  trainings: async () => (await import('@hotcb/demos')).launchTrainings(),
  tokens: () => import('@hotcb/dashboard'),
  startDashboard: async (options: DashboardOptions) => (await import('@hotcb/dashboard')).startDashboard(options),
}).then((exitCode) => {
  // Not `process.exit`: what is still being written to a slow reader goes out first.
  process.exitCode = exitCode
})

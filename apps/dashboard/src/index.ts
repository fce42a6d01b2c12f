// The complete public API of @hotcb/dashboard.
export {
  ConfigError,
  type ConfigSources,
  type DashboardConfig,
  describeConfig,
  readDashboardConfig,
} from './server/config.ts'
export { CONFIG_FIELDS, type ConfigField, type ConfigFieldKind } from './server/config-fields.ts'
export { type Dashboard, type DashboardOptions, startDashboard } from './server/dashboard.ts'
export type { HistoryPort, OpenHistory } from './server/history-store.ts'
export { addToken, listTokens, type MadeToken, removeToken } from './server/token-admin.ts'
export { TokenFileError } from './server/token-file.ts'
export type { Role } from './shared/people.ts'
export type {
  MetricName,
  MetricNames,
  RunRow,
  RunStatus,
  SeriesBuckets,
  SeriesEma,
  WindowRequest,
  WireAroundRequest,
  WireSeriesPoints,
  WireSeriesStats,
  WireSeriesWindow,
  WireStatsRequest,
  WireStepValue,
} from './shared/wire.ts'

// The whole public surface of @hotcb/dashboard.
export { ConfigError, type ConfigSources, type DashboardConfig, describeConfig, readConfig } from './server/config.ts'
export { CONFIG_FIELDS, type ConfigField, type FieldKind } from './server/config-fields.ts'
export { type Dashboard, type DashboardOptions, startDashboard } from './server/dashboard.ts'
export type { HistoryStore, OpenHistory } from './server/history-store.ts'
export { addToken, listTokens, type MadeToken, removeToken } from './server/token-admin.ts'
export { TokenFileError } from './server/token-file.ts'
export type { Role } from './shared/people.ts'
export type {
  AroundRequest,
  MetricName,
  MetricNames,
  RunRow,
  RunStatus,
  SeriesBuckets,
  SeriesEma,
  SeriesPoints,
  SeriesStats,
  SeriesWindow,
  StatsRequest,
  StepValue,
  WindowRequest,
} from './shared/wire.ts'

export {
  plotContour,
  plotHistory,
  plotParallelCoordinate,
  plotParamImportances,
  plotParetoFront,
  plotRank,
  plotSlice,
  plotTimeline,
} from './plot/plots.ts'

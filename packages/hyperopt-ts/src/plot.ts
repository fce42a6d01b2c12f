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
export {
  PLOT_FRAME,
  type PlotFrame,
  type PlotScale,
  plotAxes,
  plotBar,
  plotDot,
  plotNumber,
  plotPath,
  plotScale,
  plotShade,
  plotSvg,
  plotText,
} from './plot/svg.ts'

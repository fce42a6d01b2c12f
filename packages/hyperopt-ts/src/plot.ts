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
  axes as plotAxes,
  bar as plotBar,
  dot as plotDot,
  FRAME as PLOT_FRAME,
  type Frame as PlotFrame,
  path as plotPath,
  type Scale as PlotScale,
  scaleOf as plotScale,
  shade as plotShade,
  short as plotNumber,
  svg as plotSvg,
  text as plotText,
} from './plot/svg.ts'

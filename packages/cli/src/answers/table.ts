import { freezeAnswer } from '../commands/ask/answers.ts'
import * as autopilot from '../commands/autopilot/answers.ts'
import { cbLogsAnswer, reportedAnswer } from '../commands/cb/answers.ts'
import * as look from '../commands/look/answers.ts'
import * as notify from '../commands/notify/answers.ts'
import * as recipe from '../commands/recipe/answers.ts'
import * as replay from '../commands/replay/answers.ts'
import * as start from '../commands/start/answers.ts'
import * as sweep from '../commands/sweep/answers.ts'
import * as tune from '../commands/tune/answers.ts'
import type { CommandAnswer, WithoutAnswer } from './answer.ts'
import { SENT } from './sent.ts'

/** The answers of terminal commands, by name. A test compares them with the command table. */
const TERMINAL_ANSWERS: Readonly<Record<string, CommandAnswer | WithoutAnswer>> = {
  freeze: freezeAnswer,
  unfreeze: freezeAnswer,
  runs: look.runsAnswer,
  status: look.statusAnswer,
  get: look.getAnswer,
  'checkpoint list': look.checkpointListAnswer,
  log: look.logAnswer,
  watch: look.watchAnswer,
  explain: look.explainAnswer,
  schema: look.schemaAnswer,
  doctor: look.doctorAnswer,
  'export metrics': look.exportMetricsAnswer,
  'cache clear': look.cacheClearAnswer,
  'cb list': reportedAnswer,
  'cb logs': cbLogsAnswer,
  'cb watch': SENT,
  'ctl list': reportedAnswer,
  'autopilot run': autopilot.autopilotRunAnswer,
  'autopilot status': autopilot.autopilotStatusAnswer,
  'autopilot mode': autopilot.autopilotModeAnswer,
  'autopilot ai': autopilot.autopilotAiAnswer,
  'autopilot rules': autopilot.autopilotRulesAnswer,
  'autopilot test': autopilot.autopilotTestAnswer,
  'autopilot proposals': autopilot.autopilotProposalsAnswer,
  'autopilot propose': autopilot.autopilotProposeAnswer,
  'autopilot approve': autopilot.autopilotAnswerAnswer,
  'autopilot reject': autopilot.autopilotAnswerAnswer,
  'autopilot why': autopilot.autopilotWhyAnswer,
  'tune status': tune.tuneStatusAnswer,
  'tune why': tune.tuneWhyAnswer,
  'tune accept': SENT,
  'tune reject': SENT,
  'tune export-recipe': tune.tuneExportRecipeAnswer,
  'notify run': notify.notifyRunAnswer,
  'notify test': notify.notifySentAnswer,
  'notify send': notify.notifySentAnswer,
  'notify rules': notify.notifyRulesAnswer,
  'notify log': notify.notifyLogAnswer,
  'recipe export': recipe.recipeWrittenAnswer,
  'recipe show': recipe.recipeShowAnswer,
  'recipe validate': recipe.recipeValidateAnswer,
  'recipe diff': recipe.recipeDiffAnswer,
  'recipe patch-template': recipe.recipeTemplateAnswer,
  'recipe apply': recipe.recipeWrittenAnswer,
  'recipe edit': recipe.recipeWrittenAnswer,
  'recipe overlay': recipe.recipeOverlayAnswer,
  'recipe queue': recipe.recipeQueueAnswer,
  'replay preview': replay.replayPreviewAnswer,
  'replay --verify': replay.replayVerifyAnswer,
  diff: replay.diffAnswer,
  init: start.initAnswer,
  demo: start.demoAnswer,
  launch: start.launchAnswer,
  serve: start.serveAnswer,
  'serve token': start.serveTokenAnswer,
  'serve agents': start.serveAgentsAnswer,
  'install-skill': start.installSkillAnswer,
  mcp: { without: 'it speaks the Model Context Protocol, which is JSON' },
  completion: { without: 'it prints a script for a shell' },
  'bench run': start.benchAnswer,
  'bench eval': start.benchAnswer,
  'sweep init': sweep.sweepInitAnswer,
  'sweep run': sweep.sweepRunAnswer,
  'sweep ls': sweep.sweepListAnswer,
  'sweep status': sweep.sweepStatusAnswer,
  'sweep watch': sweep.sweepWatchAnswer,
  'sweep res': sweep.sweepResultsAnswer,
  'sweep tail': sweep.sweepTailAnswer,
  'sweep log': sweep.sweepLogAnswer,
  'sweep why': sweep.sweepWhyAnswer,
  'sweep importance': sweep.sweepImportanceAnswer,
  'sweep plot': sweep.sweepPlotAnswer,
  'sweep export': sweep.sweepExportAnswer,
  'sweep set': sweep.sweepSetAnswer,
  'sweep test': { without: 'it shows the output of the launcher' },
  'sweep stats': sweep.sweepStatsAnswer,
  'sweep snapshot': sweep.sweepSnapshotAnswer,
  'sweep sh': sweep.sweepHalveAnswer,
  'sweep stop': sweep.sweepStopAnswer,
  'sweep prune': sweep.sweepPruneAnswer,
  'sweep pause': sweep.sweepPauseAnswer,
  'sweep resume': sweep.sweepResumeAnswer,
  'sweep drive': sweep.sweepDriveAnswer,
  'sweep propose': sweep.sweepProposeAnswer,
  'sweep monitor': sweep.sweepMonitorAnswer,
  'sweep doctor': look.doctorAnswer,
  'sweep clean': sweep.sweepCleanAnswer,
  'sweep install-skill': sweep.sweepInstallSkillAnswer,
}

/**
 * Returns the answer of a command. All commands that send something to a trainer share one answer.
 * @param name The name, such as
 * `checkpoint list`.
 */
export function answerOf(name: string): CommandAnswer | WithoutAnswer {
  return (Object.hasOwn(TERMINAL_ANSWERS, name) ? TERMINAL_ANSWERS[name] : undefined) ?? SENT
}

/** The names of all terminal commands with an entry here. */
export const ANSWERED: readonly string[] = Object.keys(TERMINAL_ANSWERS)

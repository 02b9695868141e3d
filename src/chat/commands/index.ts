import type { Action, Command } from '../context.ts';
import { accuracy, pressAccuracy } from './accuracy.ts';
import { pressAck, pressOn } from './alert-actions.ts';
import { alerts, pressAlerts } from './alerts.ts';
import { analyze, pressAnalyze } from './analyze.ts';
import { pressApprove } from './approve.ts';
import { chart, pressChart } from './chart.ts';
import { cost, pressCost } from './cost.ts';
import { pressEdit } from './edit.ts';
import { help, helpScreen } from './help.ts';
import { pressTake } from './me-too.ts';
import { movers, pressMovers } from './movers.ts';
import { mute, pressMute } from './mute.ts';
import { pressOpen } from './open.ts';
import { pressPreview } from './preview.ts';
import { pressPrice, price } from './price.ts';
import { pressReport, report } from './report.ts';
import { pressSettings, settings } from './settings.ts';
import { pressSleep, sleep } from './sleep.ts';
import { pressStart, start } from './start.ts';
import { status } from './status.ts';
import { alert, pressPreset, pressSubscribe, subscribe } from './subscribe.ts';
import { pressTest } from './test-alert.ts';
import { pressRemove, pressUndo, unsubscribe } from './unsubscribe.ts';
import { pressThere, pressWhere } from './where.ts';
import { pressRewhy, pressWhy, why } from './why.ts';

/** Every command, in the order of the menus. */
export const COMMANDS: readonly Command[] = [
  start,
  help,
  price,
  analyze,
  chart,
  movers,
  subscribe,
  alert,
  unsubscribe,
  alerts,
  why,
  mute,
  sleep,
  report,
  cost,
  settings,
  accuracy,
  status,
];

/** What buttons do, by the name that they carry. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['help', async (context) => helpScreen(context)],
  ['price', pressPrice],
  ['analyze', pressAnalyze],
  ['chart', pressChart],
  ['movers', pressMovers],
  ['sub', pressSubscribe],
  ['open', pressOpen],
  ['where', pressWhere],
  ['there', pressThere],
  ['start', pressStart],
  ['preset', pressPreset],
  ['edit', pressEdit],
  ['pv', pressPreview],
  ['test', pressTest],
  ['ack', pressAck],
  ['on', pressOn],
  ['take', pressTake],
  ['rm', pressRemove],
  ['undo', pressUndo],
  ['alerts', pressAlerts],
  ['why', pressWhy],
  ['rewhy', pressRewhy],
  ['mute', pressMute],
  ['sleep', pressSleep],
  ['report', pressReport],
  ['cost', pressCost],
  ['set', pressSettings],
  ['accuracy', pressAccuracy],
  ['approve', pressApprove],
]);

import type { FeedHealth, RouteHealth } from './market.ts';

/** A feed that has not written for so long does not count, ms. */
const FRESH_MS = 5_000;

const BY_SEVERITY = ['live', 'connecting', 'silent', 'down'] as const satisfies RouteHealth['state'][];

/**
 * What all feeds say, as of one: symbols and counts together, of every state the worst. Only feeds that wrote within 5 s
 * of the newest count; undefined when no feed ever wrote.
 */
export function mergeHealth(reports: readonly FeedHealth[]): FeedHealth | undefined {
  const newest = reports.toSorted((a, b) => b.at - a.at)[0];
  if (!newest) return undefined;
  const fresh = reports.filter((report) => newest.at - report.at <= FRESH_MS);
  if (fresh.length === 1) return newest;
  const sum = (pick: (report: FeedHealth) => number) => fresh.reduce((all, each) => all + pick(each), 0);
  const known = (pick: (report: FeedHealth) => number | undefined) =>
    fresh.flatMap((each) => pick(each) ?? []);
  const union = (pick: (report: FeedHealth) => readonly string[]) => [...new Set(fresh.flatMap(pick))].sort();
  return {
    ...newest,
    startedAt: Math.min(...fresh.map((each) => each.startedAt)),
    routes: mergeRoutes(fresh.flatMap((each) => each.routes)),
    lagMs: extreme(
      Math.max,
      known((each) => each.lagMs),
    ),
    messages: sum((each) => each.messages),
    messagesPerSecond: Math.round(sum((each) => each.messagesPerSecond) * 10) / 10,
    symbols: union((each) => each.symbols),
    warming: union((each) => each.warming),
    rejected: sum((each) => each.rejected),
    gaps: sum((each) => each.gaps),
    rules: sum((each) => each.rules),
    alerts: sum((each) => each.alerts),
    // One blind feed leaves its symbols unseen; one without symbols has nothing to see.
    blindSince: extreme(
      Math.min,
      known((each) => (each.symbols.length > 0 ? each.blindSince : undefined)),
    ),
    refused: fresh.find((each) => each.refused !== undefined)?.refused,
  };
}

function mergeRoutes(routes: readonly RouteHealth[]): RouteHealth[] {
  return [...Map.groupBy(routes, ({ route }) => route)].map(([route, here]) => ({
    route,
    state: BY_SEVERITY[Math.max(...here.map(({ state }) => BY_SEVERITY.indexOf(state)))] ?? 'down',
    lastDataAt: extreme(
      Math.max,
      here.flatMap((each) => each.lastDataAt ?? []),
    ),
    streams: here.reduce((all, each) => all + each.streams, 0),
    silent: here.flatMap((each) => each.silent),
  }));
}

function extreme(choose: (...values: number[]) => number, values: readonly number[]): number | undefined {
  return values.length > 0 ? choose(...values) : undefined;
}

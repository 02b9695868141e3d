import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { createConsole } from '../console/console.ts';
import { createHttp, type Http } from '../console/http.ts';
import type { RoleDeps, RunningRole } from './roles.ts';

/**
 * Serves /healthz, /readyz and /metrics for this process, and the console's page when it has that role.
 * Throws what the console's `createHttp` throws (a taken port, a host without password).
 */
export async function startWeb(
  deps: RoleDeps,
  options: { console: boolean; waitingFor(): readonly string[]; running: readonly RunningRole[] },
): Promise<Http> {
  const { config, services, place } = deps;
  const common = {
    host: config.console.host,
    port: config.console.port,
    password: config.console.password,
    health: {
      alive: () => true,
      ready: async () => {
        const reasons = [...options.waitingFor()];
        if ((await services.store.ping()) !== 'PONG') reasons.push('redis: no answer');
        return { ready: reasons.length === 0, reasons };
      },
    },
    metrics: createMetrics(deps, options.running),
    log: deps.log.child({ role: 'console' }),
  };
  if (!options.console) return await createHttp(common);
  return await createConsole({
    ...common,
    chat: services.chat,
    pictures: services.pictures,
    market: services.market,
    store: services.store,
    label: place.source,
    clock: deps.clock,
  });
}

/** The process' own figures and Sheepdog's, read when they are asked for. */
function createMetrics(deps: RoleDeps, running: readonly RunningRole[]): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const session = {
    sheepdog_feed_messages: ['Market messages received by this process', 'messages'],
    sheepdog_alerts: ['Alerts fired by this process', 'alerts'],
    sheepdog_deliveries: ['Messages that platforms took from this process', 'delivered'],
    sheepdog_analyses: ['Analyses made by this process', 'analyses'],
    sheepdog_ai_cost_nano_usd: ['AI cost of this process, nano-USD', 'costNano'],
  } as const;
  for (const [name, [help, field]] of Object.entries(session)) {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          const values = running
            .map((role) => role.statistics()[field])
            .filter((value) => value !== undefined);
          this.set(values.reduce((sum, value) => sum + value, 0));
        },
      }),
    );
  }
  registry.registerMetric(
    new Gauge({
      name: 'sheepdog_feed_lag_ms',
      help: 'Delay of the feed behind the exchange, ms',
      registers: [],
      async collect() {
        this.set((await deps.services.market.health())?.lagMs ?? 0);
      },
    }),
  );
  return registry;
}

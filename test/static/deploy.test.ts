import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../src/config.ts';

// Nothing here builds an image or starts a container: the files are read, and held to what they promise.

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const withoutComments = (text: string) => text.replace(/^\s*#.*$/gm, '');

/** YAML read by PyYAML where the machine has it; no parser of ours, and no dependency only for two files. */
function parseYaml(path: string): unknown {
  const program = 'import json, sys, yaml; json.dump(yaml.load(sys.stdin, yaml.BaseLoader), sys.stdout)';
  const { status, stdout } = spawnSync('python3', ['-c', program], { input: read(path), encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : undefined;
}

const parsed = { compose: parseYaml('docker-compose.yml'), ci: parseYaml('.github/workflows/ci.yml') };
const canParse = parsed.compose !== undefined && parsed.ci !== undefined;
if (!canParse)
  console.warn('deploy.test: python3 with PyYAML is not here; the YAML files are checked by lines only');

const service = z.looseObject({
  image: z.string().optional(),
  command: z.array(z.string()).optional(),
  ports: z.undefined().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  user: z.string().refine((user) => !/^(root|0)(:|$)/.test(user)),
  read_only: z.literal('true'),
  tmpfs: z.array(z.string()),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  mem_limit: z.string(),
  pids_limit: z.string(),
  networks: z.array(z.string()),
});
const compose = z.looseObject({
  services: z.strictObject({
    app: service.extend({
      env_file: z.tuple([z.strictObject({ path: z.literal('.env'), required: z.literal('false') })]),
      depends_on: z.strictObject({ redis: z.strictObject({ condition: z.literal('service_healthy') }) }),
    }),
    redis: service.extend({
      healthcheck: z.looseObject({ test: z.array(z.string()) }),
      volumes: z.tuple([z.literal('redis:/data')]),
    }),
  }),
  networks: z.looseObject({ store: z.strictObject({ internal: z.literal('true') }) }),
  volumes: z.looseObject({ redis: z.unknown() }),
});
const workflow = z.looseObject({
  permissions: z.strictObject({ contents: z.literal('read') }),
  concurrency: z.looseObject({ group: z.string(), 'cancel-in-progress': z.literal('true') }),
  jobs: z.strictObject({
    test: z.looseObject({
      strategy: z.looseObject({ matrix: z.strictObject({ node: z.array(z.string()) }) }),
      steps: z.array(z.looseObject({ run: z.string().optional(), uses: z.string().optional() })),
    }),
  }),
});

describe('the Dockerfile', () => {
  const dockerfile = withoutComments(read('Dockerfile'));

  it('runs as an ordinary user, from the Node the project needs, without a build step', () => {
    const stages = dockerfile.match(/^FROM .+$/gm) ?? [];
    expect(stages).toHaveLength(2);
    for (const stage of stages) expect(stage).toMatch(/^FROM node:24-bookworm-slim( AS \w+)?$/);
    expect(dockerfile.match(/^USER .+$/gm)).toEqual(['USER node']);
    expect(dockerfile.indexOf('USER node')).toBeGreaterThan(dockerfile.lastIndexOf('COPY '));
    expect(dockerfile).toMatch(/^ENTRYPOINT \["node", "src\/main\.ts"\]$/m);
    expect(dockerfile).not.toMatch(/npm (run )?build|tsc/);
  });

  it('installs from the lockfile, runs no install scripts and takes no tests along', () => {
    expect(dockerfile).toMatch(/^RUN npm ci --omit=dev --ignore-scripts/m);
    expect(dockerfile).not.toMatch(/^COPY \. /m);
  });

  it('keeps the optional packages, of which the canvas draws charts, but not a second Node', () => {
    expect(dockerfile).not.toMatch(/omit=optional/);
    expect(dockerfile).toMatch(/&& rm -rf node_modules\/node-linux-\* node_modules\/node-win-\*$/m);
    const lock = z
      .object({
        packages: z.record(
          z.string(),
          z.looseObject({ optional: z.boolean().optional(), dev: z.boolean().optional() }),
        ),
      })
      .parse(JSON.parse(read('package-lock.json')));
    const optional = Object.entries(lock.packages)
      .filter(([, entry]) => entry.optional && !entry.dev)
      .map(([path]) => path.replace('node_modules/', ''));
    // What else is optional may come along or not: the runtime, and a decoder that has a slower twin.
    const known =
      /^(@napi-rs\/canvas-.+|node-(linux|win)-\w+|msgpackr-extract|@msgpackr-extract\/.+|node-gyp-build-optional-packages)$/;
    expect(optional).toContain('@napi-rs/canvas-linux-x64-gnu');
    expect(optional).toContain('@napi-rs/canvas-linux-arm64-gnu');
    expect(optional.filter((name) => !known.test(name))).toEqual([]);
  });

  it('asks the program itself whether it is alive, with a command that works', () => {
    const healthcheck = /^HEALTHCHECK [^\n]*\\\n\s+CMD (\[.+\])$/m.exec(dockerfile)?.[1];
    const [program, flag, code] = z.array(z.string()).parse(JSON.parse(healthcheck ?? '[]'));
    expect([program, flag]).toEqual(['node', '-e']);
    // Port 9 of this machine: nobody listens, so the check must fail, and by itself.
    const { status } = spawnSync(process.execPath, ['-e', code ?? ''], { env: { CONSOLE_PORT: '9' } });
    expect(code).toContain('/healthz');
    expect(status).toBe(1);
  });

  it('lets only what it copies into the build', () => {
    const [first, ...rest] = withoutComments(read('.dockerignore')).split('\n').filter(Boolean);
    expect(first).toBe('*');
    expect(rest).toEqual(['!package.json', '!package-lock.json', '!LICENSE', '!src']);
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files]) =>
      files?.split(' '),
    );
    for (const file of copied) expect(rest).toContain(`!${file}`);
  });
});

describe('docker-compose.yml', () => {
  const lines = withoutComments(read('docker-compose.yml'));

  it('keeps every promise that can be read line by line', () => {
    expect(lines).toMatch(/--appendonly\n\s+- "yes"/);
    expect(lines).toMatch(/--maxmemory-policy\n\s+- noeviction/);
    expect(lines.match(/^ {4}read_only: true$/gm)).toHaveLength(2);
    expect(lines.match(/^ {4}cap_drop: \[ALL\]$/gm)).toHaveLength(2);
    expect(lines.match(/^ {4}user: (node|redis)$/gm)).toHaveLength(2);
    expect(lines).not.toMatch(/ports:|privileged|network_mode|docker\.sock/);
  });

  it.skipIf(!canParse)('runs both services unprivileged, read-only, bounded and unpublished', () => {
    const { services } = compose.parse(parsed.compose);
    expect(services.app.networks).toContain('store');
    expect(services.redis.networks).toEqual(['store']);
    expect(services.redis.image).toMatch(/^redis:7\.\d+-/);
    const command = services.redis.command ?? [];
    expect(command[0]).toBe('redis-server');
    expect(command[command.indexOf('--appendonly') + 1]).toBe('yes');
    expect(command[command.indexOf('--maxmemory-policy') + 1]).toBe('noeviction');
  });

  it.skipIf(!canParse)('gives the app an environment that it accepts', () => {
    const { environment = {} } = compose.parse(parsed.compose).services.app;
    const config = loadConfig(environment);
    expect(config.store).toEqual({ type: 'url', url: 'redis://redis:6379' });
    expect(config.console.host).toBe('127.0.0.1');
  });

  it('tells how to publish the console as the configuration allows it', () => {
    const hint = read('docker-compose.yml');
    expect(hint).toMatch(/# ports:\n\s+# {3}- "127\.0\.0\.1:8080:8080"/);
    expect(() => loadConfig({ CONSOLE_HOST: '0.0.0.0' })).toThrow(/CONSOLE_PASSWORD/);
    expect(loadConfig({ CONSOLE_HOST: '0.0.0.0', CONSOLE_PASSWORD: 'long enough' }).console.host).toBe(
      '0.0.0.0',
    );
  });
});

describe('the CI workflow', () => {
  const lines = withoutComments(read('.github/workflows/ci.yml'));

  it('may only read, and runs the README’s test command on an old and the right Node', () => {
    expect(lines).toMatch(/^permissions:\n {2}contents: read$/m);
    expect(lines).not.toMatch(/write|pull_request_target|secrets\./);
    expect(lines).toMatch(/node: \["20", "24"\]/);
    expect(lines.match(/^ {6}- run: .+$/gm)).toEqual(['      - run: npm ci', '      - run: npm test']);
  });

  it.skipIf(!canParse)('is a whole workflow', () => {
    const { jobs } = workflow.parse(parsed.ci);
    expect(jobs.test.strategy.matrix.node).toEqual(['20', '24']);
    expect(jobs.test.steps.flatMap(({ run }) => run ?? [])).toEqual(['npm ci', 'npm test']);
    for (const { uses } of jobs.test.steps) if (uses) expect(uses).toMatch(/^actions\/[\w-]+@v\d+$/);
  });
});

it('every deployment file says that it is only checked statically', () => {
  for (const path of ['Dockerfile', '.dockerignore', 'docker-compose.yml', '.github/workflows/ci.yml']) {
    expect(read(path), path).toMatch(/^# .*checked statically/im);
  }
});

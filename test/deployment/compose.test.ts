import { existsSync, statSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../config.ts';
import { envFile } from '../../scripts/env-file.ts';
import { environmentOf, interpolate, merge, parseEnv, path, servicesOf, text } from './compose.ts';

const base = servicesOf('docker-compose.yml');
const over = servicesOf('docker-compose.sandbox.yml');
const deployments = { 'docker-compose.yml': base, 'with docker-compose.sandbox.yml': merge(base, over) };

const OURS = ['api', 'worker', 'migrate', 'telecom', 'customs', 'push', 'loopback'];
const SECRET = /PASSWORD|SECRET|TOKEN|_PWD$|_KEY$|^PGPASS/;

let sandboxEnv: Record<string, string>;
let productionEnv: Record<string, string>;
beforeAll(async () => {
  sandboxEnv = parseEnv(await envFile('sandbox'));
  productionEnv = {
    ...parseEnv(await envFile('production')),
    PUBLIC_URL: 'https://consentry.example',
    RP_ID: 'consentry.example',
    LOG_ORIGIN: 'consentry.example/log',
    TELECOM_OPERATORS:
      '[{"name":"a","issuer":"https://a.example","clientId":"c","clientSecret":"s","apiBase":"https://api.a.example"}]',
    CUSTOMS_URL: 'https://customs.example',
    CUSTOMS_TOKEN: 'x'.repeat(32),
    SMS_URL: 'https://sms.example',
    SMS_TOKEN: 'x'.repeat(32),
  };
});

describe.each(Object.entries(deployments))('%s', (_, services) => {
  const all = Object.entries(services);
  const dependencies = all.flatMap(([name, { depends_on = {} }]) =>
    Object.entries(depends_on).map(([on, { condition }]) => ({ name, on, condition })),
  );
  const isOnce = (name: string) => services[name]?.restart?.startsWith('on-failure') ?? false;

  it.each(all)('%s is checked for health, or runs once', (name, { healthcheck, restart }) => {
    if (isOnce(name)) {
      expect(restart).toMatch(/^on-failure:\d+$/);
      expect(healthcheck?.disable).toBe(true);
    } else {
      expect(restart).toBe('unless-stopped');
      // It sleeps: there is nothing to ask it.
      if (name !== 'loopback') expect(healthcheck?.test?.[0]).toBe('CMD');
    }
  });

  it('waits only for what exists, and for what that can become', () => {
    for (const { name, on, condition } of dependencies) {
      expect([name, Object.keys(services)]).toEqual([name, expect.arrayContaining([on])]);
      const expected = isOnce(on) ? 'service_completed_successfully' : 'service_healthy';
      expect([name, on, condition]).toEqual([name, on, expected]);
    }
    const awaited = dependencies.map(({ on }) => on);
    expect(all.map(([name]) => name).filter((name) => isOnce(name) && !awaited.includes(name))).toEqual([]);
  });

  it('waits in no circle', () => {
    const reaches = (from: string, seen = new Set<string>()): Set<string> => {
      for (const on of Object.keys(services[from]?.depends_on ?? {}))
        if (!seen.has(on)) reaches(on, seen.add(on));
      return seen;
    };
    for (const [name] of all) expect(reaches(name).has(name)).toBe(false);
  });

  it.each(all)('%s runs an image of one version, within limits', (_name, { image, deploy }) => {
    expect(image).toMatch(/^[a-z/-]+:\d+\.\d+[\w.-]*$/);
    expect(deploy?.resources?.limits).toEqual({
      cpus: expect.any(String),
      memory: expect.stringMatching(/^\d+[MG]$/),
    });
  });

  it('publishes ports on the loopback only', () => {
    const ports = all.flatMap(([, service]) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('publishes neither a database nor the Temporal server', () => {
    for (const name of ['postgres', 'keystore', 'temporal']) expect(services[name]?.ports).toBeUndefined();
  });

  it.each(all.filter(([name]) => OURS.includes(name)))(
    '%s has no more rights than it needs',
    (_name, service) => {
      expect(service).toMatchObject({ read_only: true, init: true, cap_drop: ['ALL'], tmpfs: ['/tmp'] });
      expect(service.security_opt).toContain('no-new-privileges:true');
    },
  );

  it.each(all)(
    '%s runs and mounts files that are here',
    (_name, { command = [], entrypoint = [], volumes = [] }) => {
      const programs = [...command, ...entrypoint].filter((part) =>
        /^(api|workers|scripts|sandbox)\//.test(part),
      );
      for (const file of programs) expect([file, existsSync(path(file))]).toEqual([file, true]);
      const mounts = volumes.filter((volume) => volume.startsWith('./')).map((volume) => volume.split(':'));
      for (const [file = '', target = '', mode] of mounts) {
        expect([file, existsSync(path(file)), mode]).toEqual([file, true, 'ro']);
        if (file.endsWith('.sh')) expect(statSync(path(file)).mode & 0o111).toBe(0o111);
        if (entrypoint.length) expect(entrypoint).toContain(target);
      }
    },
  );
});

describe('secrets', () => {
  const files = { 'docker-compose.yml': base, 'docker-compose.sandbox.yml': over };

  it.each(Object.entries(files))('in %s come from .env, without a default', (_, services) => {
    const found = Object.entries(services).flatMap(([service, { environment = {} }]) =>
      Object.entries(environment)
        .filter(
          ([name, value]) =>
            (SECRET.test(name) || /:\/\/[^/]*:[^/]*@/.test(value)) && name !== 'VAPID_PUBLIC_KEY',
        )
        .filter(([, value]) => !/^(postgres:\/\/\w+:)?\$\{\w+:\?[^}]+\}(@[\w:]+\/\w+)?$/.test(value))
        .map(([name, value]) => `${service}: ${name}=${value}`),
    );
    expect(found).toEqual([]);
  });

  it('that Compose asks for are all written by npm run secrets', () => {
    const asked = [
      ...(text('docker-compose.yml') + text('docker-compose.sandbox.yml')).matchAll(/\$\{(\w+):\?/g),
    ];
    expect(asked.length).toBeGreaterThan(15);
    for (const [, name = ''] of asked) expect([name, sandboxEnv[name] !== undefined]).toEqual([name, true]);
  });

  it('differ from each other and from run to run', async () => {
    const again = parseEnv(await envFile('sandbox'));
    const names = Object.keys(sandboxEnv).filter((name) => SECRET.test(name));
    expect(new Set(names.map((name) => sandboxEnv[name])).size).toBe(names.length);
    expect(names.filter((name) => sandboxEnv[name] === again[name])).toEqual([]);
    expect(names.filter((name) => (sandboxEnv[name] ?? '').length < 32)).toEqual([]);
  });

  it('of counterparts are left to be filled in for production, and Compose refuses to start until then', async () => {
    const bare = parseEnv(await envFile('production'));
    expect(bare.CUSTOMS_TOKEN).toBe('');
    expect(bare).not.toHaveProperty('COMPOSE_FILE');
    expect(() => environmentOf(base.api ?? { image: '' }, bare)).toThrow(
      /CUSTOMS_TOKEN is missing|PUBLIC_URL is missing/,
    );
  });

  it('stay out of git and out of the image', () => {
    expect(text('.gitignore').split('\n')).toContain('.env');
    expect(
      text('.dockerignore')
        .split('\n')
        .find((line) => line && !line.startsWith('#')),
    ).toBe('*');
    expect(text('.dockerignore')).not.toMatch(/^!.*\.env/m);
  });
});

describe.each(['api', 'worker'])("%s's environment", (name) => {
  it('is a whole configuration, in the sandbox', () => {
    const environment = environmentOf(
      deployments['with docker-compose.sandbox.yml'][name] ?? { image: '' },
      sandboxEnv,
    );
    const config = readConfig(environment);
    expect(config.RP_ID).toBe('localhost');
    expect(new URL(config.PUBLIC_URL)).toMatchObject({ protocol: 'http:', hostname: 'localhost' });
    expect(config.PUSH_ALLOW_INSECURE).toBe(true);
  });

  it('is a whole configuration, in production', () => {
    const environment = environmentOf(base[name] ?? { image: '' }, productionEnv);
    const config = readConfig(environment);
    expect(new URL(config.PUBLIC_URL).hostname.endsWith(config.RP_ID)).toBe(true);
    expect(config.PUSH_ALLOW_INSECURE).toBe(false);
    expect(environment).toMatchObject({ TEMPORAL_ADDRESS: 'temporal:7233', TEMPORAL_NAMESPACE: 'consentry' });
  });

  it('keeps the keys on another server than the data', () => {
    const { DATABASE_URL = '', KEYS_DATABASE_URL = '' } = environmentOf(
      base[name] ?? { image: '' },
      productionEnv,
    );
    expect(new URL(DATABASE_URL).hostname).toBe('postgres');
    expect(new URL(KEYS_DATABASE_URL).hostname).toBe('keystore');
    expect(new URL(DATABASE_URL).password).not.toBe(new URL(KEYS_DATABASE_URL).password);
  });
});

describe('the worker', () => {
  it('is not denied stack traces from its start: tsx needs one to load CommonJS packages', () => {
    expect(base.worker?.environment).not.toHaveProperty('NODE_OPTIONS');
  });
});

describe('the databases', () => {
  it.each(['postgres', 'keystore'])("of %s belong to one role each, with the role's own password", (name) => {
    const { OWNERS = '', ...environment } = base[name]?.environment ?? {};
    const owners = OWNERS.trim()
      .split('\n')
      .map((line) => line.split(' '));
    for (const [, variable = '', ...databases] of owners) {
      expect(environment[variable]).toBe(`\${${variable}:?npm run secrets}`);
      expect(databases.length).toBeGreaterThan(0);
    }
    const urls = [base.api?.environment?.DATABASE_URL, base.api?.environment?.KEYS_DATABASE_URL];
    const used = urls.flatMap((url = '') => {
      const { username, hostname, pathname } = new URL(interpolate(url, sandboxEnv));
      return hostname === name ? [[username, pathname.slice(1)]] : [];
    });
    expect(used).toHaveLength(1);
    for (const [role, database] of used) {
      expect(
        owners.some(([owner, , ...databases]) => owner === role && databases.includes(database ?? '')),
      ).toBe(true);
    }
  });
});

describe('Temporal', () => {
  it('has server and tools of one version', () => {
    const version = (name: string) => base[name]?.image.split(':')[1];
    expect(version('temporal')).toBe(version('temporal-schema'));
    expect(version('temporal')).toBe(version('temporal-namespace'));
    expect(JSON.stringify(base)).not.toContain('auto-setup');
  });

  it('has 512 shards, and reads its stores through pgx as its own role', () => {
    expect(base.temporal?.environment).toMatchObject({
      DB: 'postgres12_pgx',
      NUM_HISTORY_SHARDS: '512',
      POSTGRES_USER: 'temporal',
    });
    expect(base['temporal-schema']?.environment).toMatchObject({
      SQL_PLUGIN: 'postgres12_pgx',
      SQL_USER: 'temporal',
    });
  });

  it('gets the schema of both stores before it starts', () => {
    const { DBNAME, VISIBILITY_DBNAME } = base.temporal?.environment ?? {};
    const script = text('deploy/temporal/schema.sh');
    expect(script).toContain(`${DBNAME}:temporal ${VISIBILITY_DBNAME}:visibility`);
    expect(script).toMatch(/setup-schema[\s\S]*update-schema/);
    expect(base.temporal?.depends_on).toHaveProperty('temporal-schema');
  });

  it('has the namespace that worker and Web UI use', () => {
    const namespace = base['temporal-namespace']?.environment?.TEMPORAL_NAMESPACE;
    expect(base.worker?.environment?.TEMPORAL_NAMESPACE).toBe(namespace);
    expect(base.api?.environment?.TEMPORAL_NAMESPACE).toBe(namespace);
    expect(base['temporal-ui']?.environment?.TEMPORAL_DEFAULT_NAMESPACE).toBe(namespace);
    expect(base.worker?.depends_on).toHaveProperty('temporal-namespace');
  });
});

describe('the sandbox', () => {
  it('is no part of production', () => {
    for (const name of ['telecom', 'customs', 'push', 'loopback']) expect(base).not.toHaveProperty(name);
    expect(text('docker-compose.yml')).not.toMatch(/sandbox\/|PUSH_ALLOW_INSECURE|SANDBOX_LINKS/);
    expect(text('docker-compose.sandbox.yml')).toMatch(/^# SANDBOX, not for production/);
  });

  it('has everything under one loopback, as passkeys and redirects need it', () => {
    const together = ['api', 'worker', 'telecom', 'customs', 'push'];
    for (const name of together) expect(over[name]?.network_mode).toBe('service:loopback');
    expect(text('docker-compose.sandbox.yml')).toMatch(
      /\n {2}api:\n {4}network_mode: .*\n {4}ports: !reset \[\]\n/,
    );
    const published = (over.loopback?.ports ?? []).map((port) => Number(port.split(':')[2])).sort();
    const listening = together
      .map((name) => Number(over[name]?.environment?.PORT ?? NaN))
      .filter(Number.isInteger);
    expect(published).toEqual([...listening, 8080].sort());
  });

  it('is where its .env says', () => {
    const port = (url = '') => new URL(url).port;
    const operators = JSON.parse(sandboxEnv.TELECOM_OPERATORS ?? '') as {
      issuer: string;
      clientSecret: string;
    }[];
    expect(port(operators[0]?.issuer)).toBe(over.telecom?.environment?.PORT);
    expect(operators[0]?.clientSecret).toBe(sandboxEnv.TELECOM_CLIENT_SECRET);
    expect(port(sandboxEnv.CUSTOMS_URL)).toBe(over.customs?.environment?.PORT);
    expect(port(sandboxEnv.SMS_URL)).toBe(over.push?.environment?.PORT);
    expect(port(sandboxEnv.PUBLIC_URL)).toBe('8080');
    const links: Record<string, string> = JSON.parse(over.api?.environment?.SANDBOX_LINKS ?? '');
    const { messagesUrl, customsUrl, telecomUrl } = links;
    for (const name of ['telecom', 'customs', 'push']) {
      const pages = { ...links, appUrl: 'http://localhost:8080/' };
      expect(JSON.parse(over[name]?.environment?.SANDBOX_PAGES ?? '')).toEqual(pages);
    }
    const of = (name: string) => over[name]?.environment?.PORT;
    expect([messagesUrl, customsUrl, telecomUrl].map(port)).toEqual([
      of('push'),
      of('customs'),
      of('telecom'),
    ]);
  });
});

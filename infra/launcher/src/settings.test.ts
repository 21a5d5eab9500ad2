import { describe, expect, it } from 'vitest';
import { neededPorts, readLauncherSettings } from './settings.ts';

const read = (environment: Record<string, string>) => readLauncherSettings(environment, '/checkout');

describe('the settings', () => {
  it('have defaults, and the data stands in the checkout', () => {
    const settings = read({ SPECTRA_DATA: '', HOME: '/root' });
    expect(settings).toMatchObject({
      GATEWAY_PORT: 8003,
      HUB_PORT: 8004,
      POSTGRES_PORT: 5433,
      NATS_PORT: 4222,
      dataFolder: '/checkout/.spectra/data',
    });
  });

  it('at fault are named, all of them', () => {
    expect(() => read({ GATEWAY_PORT: '70000', NATS_PORT: 'many', LOG_LEVEL: 'loud' })).toThrow(
      /GATEWAY_PORT[^]*NATS_PORT[^]*LOG_LEVEL/,
    );
  });

  it('must not give one port to two', () => {
    expect(() => read({ GATEWAY_PORT: '8104' })).toThrow(/HUB_ADMIN_PORT: port 8104.*GATEWAY_PORT/);
  });
});

describe('the needed ports', () => {
  const names = (environment: Record<string, string>) =>
    neededPorts(read(environment)).map(({ setting }) => setting);

  it('name the setting that moves each', () => {
    const settings = read({ HUB_PORT: '9004' });
    expect(neededPorts(settings)).toContainEqual({ setting: 'HUB_PORT', port: 9004, user: 'telemetry-hub' });
    expect(names({})).toHaveLength(14);
  });

  it('leave out the servers that somebody else runs', () => {
    expect(names({ DATABASE_URL: 'postgres://a:b@c/d' })).not.toContain('POSTGRES_PORT');
    expect(names({ NATS_URL: 'nats://c' }).filter((name) => name.startsWith('NATS'))).toEqual([]);
  });
});

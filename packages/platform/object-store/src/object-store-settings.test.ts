import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { objectStoreFields, objectStoreFromSettings } from './object-store-settings.ts';

const schema = z.object(objectStoreFields);
const uriOf = (environment: Record<string, string>) =>
  objectStoreFromSettings(schema.parse(environment)).uriOf('org/a');
const local = { OBJECT_STORE_SECRET: 's'.repeat(32), OBJECT_STORE_BASE_URL: 'http://127.0.0.1:8003' };
const keys = { S3_ACCESS_KEY: 'a', S3_SECRET_KEY: 's' };

describe('the store that settings choose', () => {
  it.each([
    [{ ...local, OBJECT_STORE_FOLDER: '/tmp/o' }, 'local://artifacts/org/a'],
    [{ ...local, STORAGE_BACKEND: 'local', STORAGE_BASE_PATH: '/tmp/o' }, 'local://artifacts/org/a'],
    [{ ...local, ARTIFACT_STORAGE: '/tmp/o' }, 'local://artifacts/org/a'],
    [{ OBJECT_STORE: 's3', S3_ENDPOINT: 'http://s3:9000', ...keys }, 's3://spectra/org/a'],
    [
      {
        STORAGE_BACKEND: 's3',
        S3_ENDPOINT_URL: 'http://s3:9000',
        S3_BUCKET: 'fab',
        S3_ACCESS_KEY_ID: 'a',
        S3_SECRET_ACCESS_KEY: 's',
      },
      's3://fab/org/a',
    ],
    [
      {
        ARTIFACT_STORAGE: 's3://minio-fab/artifacts',
        MINIO_ENDPOINT: 'minio:9000',
        MINIO_ACCESS_KEY: 'a',
        MINIO_SECRET_KEY: 's',
      },
      's3://minio-fab/org/a',
    ],
    // The present name wins over an older one.
    [
      { ...local, OBJECT_STORE: 'local', STORAGE_BACKEND: 's3', OBJECT_STORE_FOLDER: '/tmp/o' },
      'local://artifacts/org/a',
    ],
  ] as [Record<string, string>, string][])('%j', (environment, uri) => {
    expect(uriOf(environment)).toBe(uri);
  });

  it.each([
    [{}, 'OBJECT_STORE_FOLDER'],
    [{ OBJECT_STORE_FOLDER: '/tmp/o' }, 'OBJECT_STORE_SECRET'],
    [{ OBJECT_STORE: 's3' }, 'S3_ENDPOINT'],
    [{ OBJECT_STORE: 's3', S3_ENDPOINT: 'http://s3' }, 'S3_ACCESS_KEY'],
  ] as [Record<string, string>, string][])(
    'without all it needs is refused by name: %j',
    (environment, name) => {
      expect(() => uriOf(environment)).toThrow(`${name}: missing`);
    },
  );
});

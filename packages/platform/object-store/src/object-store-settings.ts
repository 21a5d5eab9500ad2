import { z } from 'zod';
import { localObjectStore } from './local-object-store.ts';
import type { ObjectStore } from './object-store.ts';
import { s3ObjectStore } from './s3-object-store.ts';

/** The settings of the store, to be spread into an app's settings schema. */
export const objectStoreFields = {
  OBJECT_STORE: z.enum(['local', 's3']).default('local'),
  OBJECT_STORE_FOLDER: z.string().optional(),
  OBJECT_STORE_SECRET: z.string().min(32).optional(),
  OBJECT_STORE_BASE_URL: z.url().optional(),
  S3_ENDPOINT: z.url().optional(),
  S3_REGION: z.string().default('us-east-1'),
  S3_BUCKET: z.string().default('spectra'),
  S3_ACCESS_KEY: z.string().optional(),
  S3_SECRET_KEY: z.string().optional(),
};

const objectStoreSettings = z.object(objectStoreFields);

/** The store that the settings choose; throws with the setting's name when one is missing. */
export function objectStoreFromSettings(settings: z.output<typeof objectStoreSettings>): ObjectStore {
  if (settings.OBJECT_STORE === 's3') {
    return s3ObjectStore({
      endpoint: needed('S3_ENDPOINT', settings.S3_ENDPOINT),
      region: settings.S3_REGION,
      bucket: settings.S3_BUCKET,
      accessKey: needed('S3_ACCESS_KEY', settings.S3_ACCESS_KEY),
      secretKey: needed('S3_SECRET_KEY', settings.S3_SECRET_KEY),
    });
  }
  return localObjectStore({
    folder: needed('OBJECT_STORE_FOLDER', settings.OBJECT_STORE_FOLDER),
    secret: needed('OBJECT_STORE_SECRET', settings.OBJECT_STORE_SECRET),
    baseUrl: needed('OBJECT_STORE_BASE_URL', settings.OBJECT_STORE_BASE_URL),
  });
}

function needed(name: string, value: string | undefined): string {
  if (value === undefined) throw new Error(`The settings are not usable:\n  ${name}: missing`);
  return value;
}

import { z } from 'zod';
import { localObjectStore } from './local-object-store.ts';
import type { ObjectStore } from './object-store.ts';
import { s3ObjectStore } from './s3-object-store.ts';

const text = z.string().min(1).optional();
const backend = z.enum(['local', 's3']).optional();

/** The settings of the store, to be spread into an app's settings schema. */
export const objectStoreFields = {
  /** Default `local`, unless one of the older names below says otherwise. */
  OBJECT_STORE: backend,
  OBJECT_STORE_FOLDER: z.string().optional(),
  OBJECT_STORE_SECRET: z.string().min(32).optional(),
  OBJECT_STORE_BASE_URL: z.url().optional(),
  S3_ENDPOINT: z.url().optional(),
  S3_REGION: z.string().default('us-east-1'),
  S3_BUCKET: z.string().default('spectra'),
  S3_ACCESS_KEY: z.string().optional(),
  S3_SECRET_KEY: z.string().optional(),
  // Older names of the same, used only where the name above is not set (requirements R2-3 and R1-42, contradiction C15).
  STORAGE_BACKEND: backend,
  STORAGE_BASE_PATH: text,
  ARTIFACT_STORAGE: text,
  S3_ENDPOINT_URL: z.url().optional(),
  S3_ACCESS_KEY_ID: text,
  S3_SECRET_ACCESS_KEY: text,
  MINIO_ENDPOINT: text,
  MINIO_ACCESS_KEY: text,
  MINIO_SECRET_KEY: text,
};

const objectStoreSettings = z.object(objectStoreFields);
type Settings = z.output<typeof objectStoreSettings>;

/** The store that the settings choose; throws with the setting's name when one is missing. */
export function objectStoreFromSettings(settings: Settings): ObjectStore {
  if (backendOf(settings) === 's3') {
    return s3ObjectStore({
      endpoint: needed('S3_ENDPOINT', endpointOf(settings)),
      region: settings.S3_REGION,
      bucket: settings.ARTIFACT_STORAGE?.match(/^s3:\/\/([^/]+)/)?.[1] ?? settings.S3_BUCKET,
      accessKey: needed(
        'S3_ACCESS_KEY',
        settings.S3_ACCESS_KEY ?? settings.S3_ACCESS_KEY_ID ?? settings.MINIO_ACCESS_KEY,
      ),
      secretKey: needed(
        'S3_SECRET_KEY',
        settings.S3_SECRET_KEY ?? settings.S3_SECRET_ACCESS_KEY ?? settings.MINIO_SECRET_KEY,
      ),
    });
  }
  return localObjectStore({
    folder: needed('OBJECT_STORE_FOLDER', localFolderOf(settings)),
    secret: needed('OBJECT_STORE_SECRET', settings.OBJECT_STORE_SECRET),
    baseUrl: needed('OBJECT_STORE_BASE_URL', settings.OBJECT_STORE_BASE_URL),
  });
}

/** Folder of the local store; undefined when none is set. */
export function localFolderOf(settings: Settings): string | undefined {
  const folder = settings.ARTIFACT_STORAGE?.startsWith('s3://') ? undefined : settings.ARTIFACT_STORAGE;
  return settings.OBJECT_STORE_FOLDER ?? settings.STORAGE_BASE_PATH ?? folder;
}

function backendOf(settings: Settings): 'local' | 's3' {
  const byAddress = settings.ARTIFACT_STORAGE?.startsWith('s3://') ? 's3' : 'local';
  return settings.OBJECT_STORE ?? settings.STORAGE_BACKEND ?? byAddress;
}

/** MinIO's endpoints are usually named without a scheme. */
function endpointOf(settings: Settings): string | undefined {
  const minio = settings.MINIO_ENDPOINT;
  const named = minio === undefined || minio.includes('://') ? minio : `http://${minio}`;
  return settings.S3_ENDPOINT ?? settings.S3_ENDPOINT_URL ?? named;
}

function needed(name: string, value: string | undefined): string {
  if (value === undefined) throw new Error(`The settings are not usable:\n  ${name}: missing`);
  return value;
}

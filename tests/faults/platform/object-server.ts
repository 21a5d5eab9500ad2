import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseEnv, promisify } from 'node:util';
import { s3ObjectStore } from '@spectra/object-store';
import type { ObjectStore } from '@spectra/object-store';
import { quietPorts } from './quiet-port.ts';

const script = fileURLToPath(new URL('../../../infra/s3/s3-server.sh', import.meta.url));
/** The S3 door, three storage servers behind it and their cache. */
const portsOfServer = 5;
const bucket = 'spectra';
const region = 'us-east-1';

/** A real S3 server of a platform, from the system's packages. */
export class ObjectServer {
  readonly port: number;
  readonly #folder: string;
  readonly #keys: { accessKey: string; secretKey: string };

  private constructor(folder: string, port: number, keys: { accessKey: string; secretKey: string }) {
    this.#folder = folder;
    this.port = port;
    this.#keys = keys;
  }

  /** Null where the packages that `infra/s3/s3-server.sh` names are not installed. */
  static async start(folder: string): Promise<ObjectServer | null> {
    const programs = 'command -v swift-proxy-server && command -v memcached';
    if (spawnSync('sh', ['-c', programs], { stdio: 'ignore' }).status !== 0) return null;
    const port = await quietPorts(portsOfServer);
    const env = { ...process.env, S3_PORT: `${port}` };
    const { stdout } = await promisify(execFile)('sh', [script, 'start', folder], { env });
    const told = parseEnv(stdout);
    return new ObjectServer(folder, port, {
      accessKey: told['S3_TEST_ACCESS_KEY'] ?? '',
      secretKey: told['S3_TEST_SECRET_KEY'] ?? '',
    });
  }

  /** What a service is told, so that it comes by this line. */
  settingsThrough(port: number): Record<string, string> {
    return {
      OBJECT_STORE: 's3',
      S3_ENDPOINT: `http://127.0.0.1:${port}`,
      S3_REGION: region,
      S3_BUCKET: bucket,
      S3_ACCESS_KEY: this.#keys.accessKey,
      S3_SECRET_KEY: this.#keys.secretKey,
    };
  }

  /** The store as it is, past the line. */
  store(): ObjectStore {
    return s3ObjectStore({ endpoint: `http://127.0.0.1:${this.port}`, region, bucket, ...this.#keys });
  }

  stop(): void {
    spawnSync('sh', [script, 'stop', this.#folder], { stdio: 'ignore' });
  }
}

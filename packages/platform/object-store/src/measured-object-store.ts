import { Counter, type Registry } from '@spectra/service-kit';
import type { ObjectStore } from './object-store.ts';

type Operation = Exclude<keyof ObjectStore, 'uriOf'>;

/** The same store with its failures counted by operation; a ping that says no counts as one. */
export function measuredObjectStore<Store extends ObjectStore>(store: Store, registry: Registry): Store {
  const failures = new Counter({
    name: 'spectra_object_store_failures_total',
    help: 'Failed operations of the object store',
    labelNames: ['operation'],
    registers: [registry],
  });
  const counted = async <Value>(operation: Operation, work: Promise<Value>): Promise<Value> => {
    try {
      return await work;
    } catch (error) {
      failures.inc({ operation });
      throw error;
    }
  };
  return {
    // What else the store can do, such as checking its own signatures, stays.
    ...store,
    put: (key, body, options) => counted('put', store.put(key, body, options)),
    get: (key, range) => counted('get', store.get(key, range)),
    head: (key) => counted('head', store.head(key)),
    delete: (key) => counted('delete', store.delete(key)),
    list: (prefix, cursor) => counted('list', store.list(prefix, cursor)),
    presignGet: (key, expiresS) => counted('presignGet', store.presignGet(key, expiresS)),
    presignPut: (key, expiresS) => counted('presignPut', store.presignPut(key, expiresS)),
    ping: async () => {
      const reached = await counted('ping', store.ping());
      if (!reached) failures.inc({ operation: 'ping' });
      return reached;
    },
  };
}

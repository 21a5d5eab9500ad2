export { isLocalObjectStore, localObjectStore, type LocalObjectStore } from './local-object-store.ts';
export { checkedKey, jobArtifactKey, keyOfUri, runArtifactKey } from './object-key.ts';
export { localFolderOf, objectStoreFields, objectStoreFromSettings } from './object-store-settings.ts';
export { measuredObjectStore } from './measured-object-store.ts';
export type { ByteRange, ObjectHead, ObjectStore } from './object-store.ts';
export { s3ObjectStore } from './s3-object-store.ts';
export {
  spoolingObjectStore,
  type SpoolingObjectStore,
  type SpoolState,
} from './spooling-object-store.ts';
export type { SignedRequest } from './sign-url.ts';

export type { DossierReader } from './dossier-reader.ts';
export { readCompliance, readResults } from './read-results.ts';

import { requiredQueryInteger } from '@spectra/http-kit';

const versionMax = 1_000_000;

/** The number of a version in a query. */
export const queryVersion = requiredQueryInteger({ minimum: 1, maximum: versionMax });

import { doseProfile } from '@spectra/ion-process';
import type { IonTypes } from '@spectra/ion-process';
import type { ServiceContext } from '@spectra/process-host';

import { accept, calculatorRpc } from '@spectra/schemas';
import type { Part } from '@spectra/service-kit';

/** Answers what only this process can compute: the profile that an implant would give, without a tool or a job. */
export function serveCalculators({ definition, messaging }: ServiceContext<IonTypes>): Part {
  let stop: (() => Promise<void>) | undefined;
  return {
    name: 'calculators',
    start: async () => {
      stop = messaging.serve(definition.id, calculatorRpc.doseProfile, async ({ body }) =>
        accept(doseProfile(body)),
      );
    },
    stop: async () => stop?.(),
  };
}

import { doseProfile, doseProfileChart } from '@spectra/ion-process';
import type { IonTypes } from '@spectra/ion-process';
import type { ServiceContext } from '@spectra/process-host';

import { accept, calculatorRpc } from '@spectra/schemas';
import type { Part } from '@spectra/service-kit';

/** Answers what only this process can compute: the profile that an implant would give, without a tool or a job. */
export function serveCalculators({ definition, messaging }: ServiceContext<IonTypes>): Part {
  const stops: (() => Promise<void>)[] = [];
  return {
    name: 'calculators',
    start: async () => {
      stops.push(
        messaging.serve(definition.id, calculatorRpc.doseProfile, async ({ body }) =>
          accept(doseProfile(body)),
        ),
        messaging.serve(definition.id, calculatorRpc.doseProfileChart, async ({ body }) =>
          accept({ svg: doseProfileChart(body, doseProfile(body)) }),
        ),
      );
    },
    stop: async () => {
      await Promise.all(stops.splice(0).map((stop) => stop()));
    },
  };
}

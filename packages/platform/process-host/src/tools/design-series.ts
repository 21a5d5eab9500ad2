import { designChart } from '@spectra/spc';
import type { DesignRequest } from '@spectra/spc';
import { accept } from '@spectra/schemas';
import type { Result, SpcDesignParams, SpcDesignResult } from '@spectra/schemas';
import { chartFault, given, inWireNames, wiredRunLengths } from './chart-words.ts';

/** The task behind `spc.design` and `/api/spc/design`: the parameters of a chart with its run lengths. */
export function designSeries(params: SpcDesignParams): Result<SpcDesignResult> {
  try {
    const { chart, parameters, runLengths, constants } = designChart(requestOf(params));
    return accept({
      chart,
      parameters: inWireNames(parameters),
      run_lengths: wiredRunLengths(runLengths),
      constants: constants && { ...constants },
    });
  } catch (error) {
    if (error instanceof RangeError) return chartFault(error.message);
    throw error;
  }
}

function requestOf(params: SpcDesignParams): DesignRequest {
  const shiftSigma = params.shift_sigma;
  switch (params.chart) {
    case 'shewhart':
      return { chart: 'shewhart', subgroupSize: params.subgroup_size, shiftSigma };
    case 'ewma': {
      const { limits, weight, width_sigma: widthSigma, run_length_on_target: runLengthOnTarget } = params;
      return { chart: 'ewma', shiftSigma, limits, ...given({ weight, widthSigma, runLengthOnTarget }) };
    }
    case 'cusum': {
      const { head_start_sigma: headStartSigma, allowance_sigma: allowanceSigma } = params;
      const { decision_sigma: decisionSigma, run_length_on_target: runLengthOnTarget } = params;
      const wish = given({ allowanceSigma, decisionSigma, runLengthOnTarget });
      return { chart: 'cusum', shiftSigma, headStartSigma, ...wish };
    }
  }
}

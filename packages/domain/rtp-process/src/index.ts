export { anneal } from './anneal.ts';
export { annealChart } from './anneal-chart.ts';
export { rtpProcess } from './rtp-process.ts';
export { tuneController } from './tune-controller.ts';
export type {
  RtpControl,
  RtpPlant,
  RtpReadings,
  RtpRecipe,
  RtpSetpoints,
  RtpTypes,
  RtpWaferResult,
} from './types.ts';

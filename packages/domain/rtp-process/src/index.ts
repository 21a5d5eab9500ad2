export { rtpProcess } from './rtp-process.ts';
